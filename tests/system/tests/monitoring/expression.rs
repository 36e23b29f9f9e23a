//! Which metrics and labels a PromQL expression names. Whether it is PromQL at all is promtool's to say.

use std::collections::BTreeSet;

/// A metric with the labels that its braces ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct Selector {
    pub metric: String,
    /// Label and the text it is compared with.
    pub matchers: Vec<(String, String)>,
}

/// What an expression names.
#[derive(Debug, Default)]
pub struct Named {
    pub selectors: Vec<Selector>,
    /// Labels that results are grouped or matched by. `without` names only what may be there.
    pub groupings: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

const LABEL_LISTS: [&str; 3] = ["by", "on", "group_left"];
const IGNORED_LISTS: [&str; 2] = ["without", "ignoring"];
const AGGREGATIONS: [&str; 5] = ["sum", "max", "min", "count", "avg"];
const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// Reads an expression.
pub fn named(expression: &str) -> Named {
    let tokens = tokens(expression);
    let mut named = Named::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1);
        at += 1;
        let Token::Word(word) = token else { continue };
        if LABEL_LISTS.contains(&word.as_str()) || IGNORED_LISTS.contains(&word.as_str()) {
            let (labels, end) = list(&tokens, at);
            if LABEL_LISTS.contains(&word.as_str()) {
                named.groupings.extend(labels);
            }
            at = end;
        } else if is_metric(word, next) {
            let (matchers, end) = matchers(&tokens, at);
            at = end;
            named.selectors.push(Selector {
                metric: word.clone(),
                matchers,
            });
        }
    }
    named
}

/// A word that is neither a number, an operator, nor the name of a function or aggregation.
fn is_metric(word: &str, next: Option<&Token>) -> bool {
    let is_call = match next {
        Some(Token::Sign(sign)) => *sign == '(',
        // An aggregation whose labels come first: sum by (service) (…).
        Some(Token::Word(list)) => {
            [&LABEL_LISTS[..], &IGNORED_LISTS]
                .concat()
                .contains(&list.as_str())
                && AGGREGATIONS.contains(&word)
        }
        _ => false,
    };
    let is_number = word.starts_with(|first: char| first.is_ascii_digit());
    !(is_call || is_number || OPERATORS.contains(&word))
}

/// Words between parentheses, and where they end.
fn list(tokens: &[Token], from: usize) -> (Vec<String>, usize) {
    let length = tokens[from..]
        .iter()
        .take_while(|token| **token != Token::Sign(')'))
        .count();
    let words = tokens[from..from + length]
        .iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.clone()),
            _ => None,
        });
    (words.collect(), from + length)
}

/// Matchers between braces, if there are braces, and where they end.
fn matchers(tokens: &[Token], from: usize) -> (Vec<(String, String)>, usize) {
    if tokens.get(from) != Some(&Token::Sign('{')) {
        return (Vec::new(), from);
    }
    let mut matchers = Vec::new();
    let mut label = String::new();
    for (offset, token) in tokens[from..].iter().enumerate() {
        match token {
            Token::Word(word) => label.clone_from(word),
            Token::Text(text) => matchers.push((label.clone(), text.clone())),
            Token::Sign('}') => return (matchers, from + offset),
            Token::Sign(_) => {}
        }
    }
    panic!("braces that do not end");
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(first) = rest.next() {
        if first == '"' {
            tokens.push(Token::Text(rest.by_ref().take_while(|c| *c != '"').collect()));
        } else if first == '[' {
            rest.by_ref().find(|c| *c == ']');
        } else if is_of_word(first) {
            let mut word = String::from(first);
            while let Some(next) = rest.next_if(|c| is_of_word(*c)) {
                word.push(next);
            }
            tokens.push(Token::Word(word));
        } else if !first.is_whitespace() {
            tokens.push(Token::Sign(first));
        }
    }
    tokens
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.')
}

#[test]
fn metrics_matchers_and_groupings_are_found() {
    let named = named(
        r#"sum by (le, x) (rate(a_bucket{job=~"$job",le="0.5"}[5m])) / (max without (y) (b) > 0.5) or absent(c:d)"#,
    );
    let metrics: Vec<_> = named
        .selectors
        .iter()
        .map(|selector| selector.metric.as_str())
        .collect();
    assert_eq!(metrics, ["a_bucket", "b", "c:d"]);
    assert_eq!(
        named.selectors[0].matchers[1],
        ("le".to_owned(), "0.5".to_owned())
    );
    assert_eq!(named.groupings, BTreeSet::from(["le".to_owned(), "x".to_owned()]));
}
