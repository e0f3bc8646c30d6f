//! Tests that compare gradients of gradients with those of libtorch.

#[cfg(test)]
mod tests {
    use tch::{Kind, Tensor};

    use super::super::chains::tests::{all, dense, function, iterates, of, takes_tokens};
    use super::super::passes::tests::{near, numbers, Case};
    use crate::base::pool::Alone;
    use crate::layer::Function::*;
    use crate::layer::*;
    use crate::native::{Executor, Plan, Wanted};

    const WANTED: Wanted = Wanted { weights: false, input: true };

    fn straight() -> Vec<Chain> {
        let straight = |chain: &Chain| !takes_tokens(chain) && Plan::new(chain).unwrap().bends().is_none();
        all().into_iter().filter(straight).collect()
    }

    // Gradients of the sum of products of `along` and the gradient of the input with respect to the weights.
    fn again(case: &Case, executor: &Executor, along: &Tensor) -> Tensor {
        let mut pass = executor
            .forward((&case.flat, &case.buffers.copy()), &case.x, Some(&case.labels), &case.noise)
            .unwrap();
        executor.backward(&case.flat, &mut pass, &case.slope, WANTED).unwrap();
        executor.again(&case.flat, &mut pass, &case.slope, along).unwrap();
        executor.gradient().unwrap()
    }

    #[test]
    fn gradients_of_gradients_are_those_of_libtorch_on_any_number_of_threads() {
        let _alone = Alone::begin();
        let mut seen = 0;
        for chain in straight() {
            for (threads, count) in [(1, 3), (2, 5), (3, 4)] {
                let case = Case::new(chain.clone(), count);
                if case.flat.numel() == 0 {
                    continue;
                }
                seen += 1;
                let executor = Executor::new(Plan::new(&chain).unwrap(), threads).unwrap();
                let along = numbers(&case.x.size(), 8);
                let found = again(&case, &executor, &along);
                let [flat, x] = [&case.flat, &case.x].map(|leaf| leaf.copy().set_requires_grad(true));
                let total = (case.torch(&flat, &x, &case.buffers.copy()) * &case.slope).sum(Kind::Float);
                let slope = Tensor::run_backward(&[total], &[&x], true, true).swap_remove(0);
                let loss = (slope * &along).sum(Kind::Float);
                if !loss.requires_grad() {
                    near(&found, &found.zeros_like(), "no slope", &chain);
                    continue;
                }
                let expected = Tensor::run_backward(&[loss], &[&flat], false, false).swap_remove(0);
                let expected = if expected.defined() { expected } else { found.zeros_like() };
                near(&found, &expected, "weights", &chain);
                // Added to what is there.
                let _ = again(&case, &executor, &along);
            }
        }
        assert!(seen > 200, "{seen}");
    }

    #[test]
    fn gradients_of_gradients_are_those_of_finite_differences_in_float64() {
        let _alone = Alone::begin();
        for chain in straight().into_iter().filter(|chain| !iterates(chain)) {
            let case = Case::new(chain, 3);
            if case.flat.numel() == 0 {
                continue;
            }
            let executor = Executor::new(Plan::new(&case.chain).unwrap(), 2).unwrap();
            let (along, across) = (numbers(&case.x.size(), 8), numbers(&case.flat.size(), 6));
            let found = (again(&case, &executor, &along) * &across).sum(Kind::Double).double_value(&[]);
            let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
            // Derivative along `along` of the outputs, for other weights.
            let slope = |at: f64| {
                let flat = double(&case.flat) + double(&across) * at;
                let x = double(&case.x).set_requires_grad(true);
                let total = (case.torch(&flat, &x, &double(&case.buffers)) * double(&case.slope)).sum(Kind::Double);
                (Tensor::run_backward(&[total], &[&x], false, false).swap_remove(0) * double(&along)).sum(Kind::Double)
            };
            let exact = (slope(1e-6) - slope(-1e-6)).double_value(&[]) / 2e-6;
            assert!((found - exact).abs() < 1e-4 * exact.abs().max(10.0), "{:?}: {found} {exact}", case.chain);
        }
    }

    #[test]
    fn gradients_of_gradients_are_added_to_those_of_other_passes() {
        let case = Case::new(straight().swap_remove(20), 4);
        let executor = Executor::new(Plan::new(&case.chain).unwrap(), 2).unwrap();
        let along = numbers(&case.x.size(), 8);
        let pass = || executor.forward((&case.flat, &case.buffers.copy()), &case.x, None, &case.noise).unwrap();
        let wanted = Wanted { weights: true, input: false };
        let back = |mut pass| executor.backward(&case.flat, &mut pass, &case.slope, wanted);
        back(pass()).unwrap();
        let first = executor.gradient().unwrap().copy();
        let second = again(&case, &executor, &along).copy();
        back(pass()).unwrap();
        near(&again(&case, &executor, &along), &(first + second), "sum", &case.chain);
    }

    #[test]
    fn layers_whose_derivative_has_no_passes_are_named() {
        let bends = |layer: Layer| Plan::new(&of(&[6], &[dense(6, 6), layer])).unwrap().bends();
        let mixing = [BatchNorm { features: 6 }.into(), MinibatchDeviation {}.into(), function(Tanh), function(Gelu)];
        assert!(mixing
            .into_iter()
            .all(|layer| bends(layer).as_deref().is_some_and(|name| name.starts_with("layer"))));
        let attend = Attend { keys: 2, values: 3 }.into();
        assert_eq!(Plan::new(&of(&[7, 3, 4], &[attend])).unwrap().bends().as_deref(), Some("layer0"));
        let group = GroupNorm { features: 6, groups: 2 }.into();
        let straight = [group, Spectral::new(dense(6, 6)).into(), function(Relu), Maxout { pieces: 3 }.into()];
        assert!(straight.into_iter().all(|layer| bends(layer).is_none()));
    }

    #[test]
    fn layers_without_a_linearisation_are_refused() {
        let case = Case::new(of(&[6], &[dense(6, 6), function(Tanh)]), 3);
        let executor = Executor::new(Plan::new(&case.chain).unwrap(), 1).unwrap();
        let mut pass = executor.forward((&case.flat, &case.buffers), &case.x, None, &[]).unwrap();
        assert!(executor.again(&case.flat, &mut pass, &case.slope, &case.x).is_err());
    }
}
