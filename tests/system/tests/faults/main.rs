//! Faults under load: nothing that was acknowledged is lost, nothing is invented, nothing comes twice that need not.

mod random_faults;
mod single_faults;
