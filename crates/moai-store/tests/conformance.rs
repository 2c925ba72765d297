//! The exams of the ports: `moai_core::conformance`.
