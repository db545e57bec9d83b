//! What keywright knows about AWS KMS and the services that use its keys.

pub mod actions;
pub mod service;
pub mod services;
