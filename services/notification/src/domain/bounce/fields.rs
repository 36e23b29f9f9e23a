//! Groups of fields, as machine-readable reports are written (RFC 3464 §2.1, RFC 5965 §3).

/// `name: value` lines up to an empty line.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The groups of a report. A second field of the name `restarts` begins a group too, because not every mail system
    /// writes the empty line between.
    pub(super) fn groups(text: &str, restarts: &str) -> Vec<Self> {
        let mut groups = vec![Self::default()];
        for line in text.lines() {
            let Some(group) = groups.last_mut() else { break };
            if line.trim().is_empty() {
                groups.push(Self::default());
            } else if line.starts_with([' ', '\t']) {
                group.continue_last(line);
            } else if let Some((name, value)) = field(line) {
                if name == restarts && group.get(restarts).is_some() {
                    groups.push(Self::default());
                }
                if let Some(group) = groups.last_mut() {
                    group.0.push((name, value));
                }
            }
        }
        groups.retain(|group| !group.0.is_empty());
        groups
    }

    /// The first value of a field. `name` in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(own, _)| own == name)?;
        Some(value)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    fn continue_last(&mut self, line: &str) {
        if let Some((_, value)) = self.0.last_mut() {
            value.push(' ');
            value.push_str(line.trim());
        }
    }
}

fn field(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_name.then(|| (name.to_ascii_lowercase(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_end_at_an_empty_line_or_at_the_next_recipient() {
        let text = "Reporting-MTA: dns; x\n\nFinal-Recipient: a\nStatus: 5.1.1\nDiagnostic-Code: smtp;\n 550 no\nno field\n\
            Final-Recipient: b\r\n\r\n\r\nAction: failed\n";
        let groups = Fields::groups(text, "final-recipient");
        assert_eq!(groups.len(), 4);
        assert_eq!(groups[1].get("diagnostic-code"), Some("smtp; 550 no"));
        assert_eq!(groups[2].get("final-recipient"), Some("b"));
    }
}
