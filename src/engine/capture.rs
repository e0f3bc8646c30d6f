//! CUDA graphs: a step is recorded once and replayed, which launches all its kernels at once.
//!
//! The engine defines the recorder's interface; the implementation is in `py` and uses Python's torch, because tch does
//! not support CUDA graphs.

use std::collections::HashMap;

use tch::Device;

use crate::base::Scalars;
use crate::error::Result;
use crate::family::{Family, Inputs, Moment};

/// Steps of each kind before it is recorded, in which libraries select kernels and memory is allocated.
const WARM_UP: u32 = 3;

/// Work on the device.
pub type Body<'a> = &'a mut (dyn FnMut() -> Result<()> + Send);

/// Records work on a device.
pub trait Recorder: Send {
    /// Runs the work in the recorder's context without recording.
    fn rehearse(&self, body: Body<'_>) -> Result<()>;

    /// Records the work without running it.
    fn record(&self, body: Body<'_>) -> Result<Box<dyn Recording>>;
}

/// Recorded work.
pub trait Recording: Send {
    /// Replays it on the current contents of its memory.
    fn play(&self) -> Result<()>;
}

/// Recorded steps of a run.
pub struct Captured {
    recorder: Box<dyn Recorder>,
    precision: String,
    device: Device,
    // Recordings by kind of step, with the memory of their inputs.
    kinds: HashMap<u64, (Kind, Inputs)>,
    failed: Option<String>,
}

enum Kind {
    Rehearsed(u32),
    Recorded(Box<dyn Recording>),
}

impl Captured {
    /// Creates an empty set of recordings.
    pub fn new(recorder: Box<dyn Recorder>, precision: &str, device: Device) -> Self {
        Captured {
            recorder,
            precision: precision.into(),
            device,
            kinds: HashMap::new(),
            failed: None,
        }
    }

    /// Precision with which the steps were recorded.
    pub fn precision(&self) -> &str {
        &self.precision
    }

    /// Reason why steps are no longer recorded, if recording failed.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Discards all recordings and their device memory.
    pub fn forget(&mut self) {
        self.kinds.clear();
    }

    /// Makes a step, recorded if possible. `inputs` are on the device.
    ///
    /// # Errors
    /// Errors of the step.
    pub fn step(&mut self, step: &mut dyn Family, inputs: Inputs, moment: Moment, scalars: &mut Scalars) -> Result<()> {
        if self.failed.is_some() {
            return step.step(&inputs, moment, scalars);
        }
        let variant = step.variant(moment);
        // A different size means a different batch size.
        if self.kinds.get(&variant).is_none_or(|(_, own)| own.x.size() != inputs.x.size()) {
            self.kinds.insert(variant, (Kind::Rehearsed(0), inputs.place(self.device)?));
        }
        let Some((kind, own)) = self.kinds.get_mut(&variant) else { return Ok(()) };
        own.refill(&inputs)?;
        // By value: moved references may change threads with the work.
        let mut body = move || step.step(&*own, moment, &mut *scalars);
        match kind {
            Kind::Recorded(recording) => recording.play(),
            Kind::Rehearsed(times) if *times < WARM_UP => {
                *times += 1;
                self.recorder.rehearse(&mut body)
            }
            Kind::Rehearsed(_) => match self.recorder.record(&mut body) {
                Ok(recording) => {
                    let played = recording.play();
                    *kind = Kind::Recorded(recording);
                    played
                }
                Err(error) => {
                    self.failed = Some(error.to_string());
                    body()
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;
    use crate::engine::{Start, TrainLoop};
    use crate::error::Error;
    use crate::family::Spec;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use tch::Tensor;

    // Recorder that runs the work and cannot record.
    struct Rehearsals;

    impl Recorder for Rehearsals {
        fn rehearse(&self, body: Body<'_>) -> Result<()> {
            body()
        }
        fn record(&self, _: Body<'_>) -> Result<Box<dyn Recording>> {
            Err(Error::Torch("nothing to record on".into()))
        }
    }

    fn trained(recorder: Option<Box<dyn Recorder>>) -> TrainLoop {
        let (family, shape) = Spec::small().unwrap();
        let mut run = TrainLoop::new(family, shape, 4, 0, Device::Cpu).unwrap();
        run.captured = recorder.map(|recorder| Captured::new(recorder, "fp32", Device::Cpu));
        let bytes: Vec<u8> = (0..40 * 64).map(|i| (i * 37 % 251) as u8).collect();
        let x = Tensor::from_slice(&bytes).view([40, 8, 8, 1]);
        let source = run.source(Samples::All(x), None, "fit").unwrap();
        run.begin(source, Start::NewEpoch).unwrap();
        let far = Instant::now() + Duration::from_secs(600);
        while run.advance(2, far, None).unwrap() != crate::engine::Event::Done {}
        run.end().unwrap();
        run
    }

    // Recorder that counts recordings; replaying does nothing.
    struct Counts(Arc<AtomicUsize>);
    struct Counted(Arc<AtomicUsize>);

    impl Recorder for Counts {
        fn rehearse(&self, body: Body<'_>) -> Result<()> {
            body()
        }
        fn record(&self, _: Body<'_>) -> Result<Box<dyn Recording>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Box::new(Counted(self.0.clone())))
        }
    }

    impl Recording for Counted {
        fn play(&self) -> Result<()> {
            Ok(())
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn recordings_are_kept_until_they_are_forgotten() {
        let kept = Arc::new(AtomicUsize::new(0));
        let mut run = trained(Some(Box::new(Counts(kept.clone()))));
        // Its steps are of two kinds.
        assert_eq!(kept.load(Ordering::SeqCst), 2);
        run.forget_recordings();
        assert_eq!(kept.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn steps_with_inputs_in_one_place_are_the_same_steps() {
        let (plain, placed) = (trained(None), trained(Some(Box::new(Rehearsals))));
        for (a, b) in plain.step().state().iter().zip(placed.step().state()) {
            let away = (a.flat.detach() - b.flat.detach()).abs().max().double_value(&[]);
            assert!(away < 1e-5, "{}: {away}", a.name);
        }
        assert_eq!(placed.captured.unwrap().failed(), Some("nothing to record on"));
    }
}
