mod actions;
mod condition_keys;
mod recipes;
mod region;
mod service;
mod services;
