//! Sources, destinations and mappings: customer data in, permitted audiences out.
