//! Every flag and variable.
