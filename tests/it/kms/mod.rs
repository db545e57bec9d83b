mod actions;
mod condition_keys;
mod region;
mod service;
mod services;
