use prometheus::proto::MetricFamily;
use prometheus::{Encoder, Registry, TextEncoder};
use std::collections::BTreeMap;
use std::collections::HashMap;

/// A registry whose every metric carries the label `service`.
pub fn registry(service: &str) -> Registry {
    let labels = HashMap::from([("service".to_owned(), service.to_owned())]);
    Registry::new_custom(None, Some(labels)).expect("a label that is a valid name")
}

/// All registries as one Prometheus text (0.0.4); families of the same name are merged, as the format demands.
pub fn render(registries: &[Registry]) -> String {
    let mut families: BTreeMap<String, MetricFamily> = BTreeMap::new();
    for mut family in registries.iter().flat_map(Registry::gather) {
        match families.get_mut(family.name()) {
            Some(known) => known.mut_metric().append(&mut family.take_metric()),
            None => _ = families.insert(family.name().to_owned(), family),
        }
    }
    let families: Vec<MetricFamily> = families.into_values().collect();
    let mut text = Vec::new();
    if let Err(error) = TextEncoder::new().encode(&families, &mut text) {
        tracing::error!(%error, "the metrics cannot be written");
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::IntCounter;

    #[test]
    fn the_same_metric_of_two_services_is_one_family() {
        let registries = ["signup", "enquiry"].map(|service| {
            let registry = registry(service);
            let counter = IntCounter::new("leadstream_things_total", "Things.").expect("valid");
            counter.inc();
            registry.register(Box::new(counter)).expect("registered once");
            registry
        });
        let expected = "# HELP leadstream_things_total Things.\n\
                        # TYPE leadstream_things_total counter\n\
                        leadstream_things_total{service=\"signup\"} 1\n\
                        leadstream_things_total{service=\"enquiry\"} 1\n";
        assert_eq!(render(&registries), expected);
    }

    #[test]
    fn no_metrics_are_an_empty_text() {
        assert_eq!(render(&[registry("signup")]), "");
    }
}
