mod diagnostics;
mod services;
