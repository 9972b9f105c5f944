"""Who serves whom: the associations, each a transport problem."""
