//! One durable, sealed, chained log: the truth of a customer data platform.
