//! What no schema can say of the manifests below `deploy/`: that what they name exists, and that the programs understand it.
//!
//! Overlays are rendered by `kubectl kustomize`; without kubectl these tests say so and pass.

mod compose;
mod containers;
mod rendered;
mod rules;
mod settings;
mod wiring;

use rendered::{Overlay, overlays};

/// Every overlay, with the objects that it makes.
fn each_overlay(check: impl Fn(&Overlay)) {
    for overlay in overlays() {
        check(&overlay);
    }
}
