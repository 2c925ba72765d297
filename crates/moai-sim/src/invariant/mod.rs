//! What must hold in every world, one file each. Each comes with a broken world in which it says so.
