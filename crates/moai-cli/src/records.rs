//! What the journal says about gates.
