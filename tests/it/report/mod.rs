mod controls;
mod diagnostics;
mod services;
