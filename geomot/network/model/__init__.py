"""The network of the paper: servers, sensors, twins, and what they cost."""
