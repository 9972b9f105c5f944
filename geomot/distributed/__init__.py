"""Cases of work: computed here, in processes or on a cluster, and stored."""
