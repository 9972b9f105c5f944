"""The paper's system: radio, sensing, twins, and the costs built from them."""
