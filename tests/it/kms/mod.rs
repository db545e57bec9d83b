mod actions;
mod condition_keys;
mod service;
mod services;
