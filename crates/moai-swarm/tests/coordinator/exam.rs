//! In every shape it is a coordinator as any other.

use std::sync::Arc;

use async_trait::async_trait;
use moai_core::conformance::{self, CoordinatorFixture};
use moai_core::{Coordinator, Limits, SwarmId, Topology};
use moai_swarm::SwarmCoordinator;

struct Shaped(Topology);

#[async_trait]
impl CoordinatorFixture for Shaped {
    async fn fresh(&self, swarm: SwarmId, limits: Limits) -> Arc<dyn Coordinator> {
        Arc::new(SwarmCoordinator::with_limits(swarm, self.0, limits))
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        std::thread::scope(|threads| jobs.into_iter().for_each(|job| drop(threads.spawn(job))));
        true
    }
}

#[test]
fn a_shape_breaks_a_promise_of_coordinators() {
    for topology in [Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical, Topology::Adaptive] {
        let report = pollster::block_on(conformance::coordinator(&Shaped(topology)));
        report.assert();
    }
}
