mod actions;
mod service;
mod services;
