"""How integrals over cells change where their interfaces move."""
