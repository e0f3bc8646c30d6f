//! The training loop as a state machine that is advanced by its caller; independent of models and callers.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::capture::Captured;
use super::guard::Guard;
use super::sampler::Ready;
use super::snapshot::Pass;
use super::History;
use crate::base::pool::Alone;
use crate::base::{trace, KeepMemory, Philox, Ranks, Scalars, Stream};
use crate::data::{Batching, Samples, Source};
use crate::error::{caught, Error, Result};
use crate::family::{Coder, Family, Moment, Spec};
use crate::kind::DataShape;

/// Number of samples for the metrics at the end of an epoch.
const MEASURED: usize = 1000;

/// Counters of a run; together with the seed they are its complete random state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Number of steps.
    pub step: u64,
    /// Number of epochs started before the current one.
    pub epoch: u64,
    /// Number of steps in the current epoch.
    pub position: u64,
    /// Number of samples seen in training.
    pub samples: u64,
    /// Number of samples drawn from the run's own stream.
    pub drawn: u64,
    /// Seconds spent in the current epoch.
    pub seconds: f64,
}

/// Start of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// With a new epoch; an interrupted epoch is closed.
    NewEpoch,
    /// At the last position, also within an epoch.
    WhereItStopped,
}

/// Reason why [`TrainLoop::advance`] returned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The time has elapsed.
    Time,
    /// The requested step has been made.
    Step,
    /// An epoch is complete and has a row in the history.
    Epoch,
    /// All epochs are complete.
    Done,
}

/// A run: a step, its counters, and its history.
pub struct TrainLoop {
    pub(super) step: Box<dyn Family>,
    pub(super) random: Philox,
    pub(super) progress: Progress,
    pub(super) history: History,
    pub(super) scalars: Scalars,
    // Threads of the native executor, if it runs the networks.
    pub(super) threads: Option<usize>,
    // Recorded steps on a device, if any.
    pub(super) captured: Option<Captured>,
    // Cached function for sampling, until the weights change.
    pub(super) sampler: Option<Ready>,
    data: DataShape,
    batch_size: u64,
    device: Device,
    source: Option<Source>,
    // A value outside the fitted range in the last stream.
    strayed: Option<f64>,
    batching: Batching,
    made: u64,
    // State of the epoch before training began, restored if training ends without a step.
    before: Option<Pass>,
    guard: Option<Guard>,
    // True if a diverged run returns to the position of its last finite state, to go on from there.
    rewinds: bool,
    memory: Option<KeepMemory>,
    pub(super) ranks: Arc<Ranks>,
}

impl TrainLoop {
    /// Creates a run at its beginning.
    pub fn new(step: Box<dyn Family>, data: DataShape, batch_size: u64, seed: u64, device: Device) -> Result<Self> {
        let columns = step.columns();
        let all = [&["epoch", "samples"][..], &columns.step, &columns.measures, &["seconds"]].concat();
        Ok(TrainLoop {
            history: History::new(all.into_iter().map(String::from)),
            scalars: Scalars::new(columns.step.clone(), device)?,
            threads: None,
            captured: None,
            sampler: None,
            step,
            random: Philox::new(seed),
            progress: Progress::default(),
            data,
            batch_size,
            device,
            source: None,
            strayed: None,
            batching: Batching {
                batch: batch_size as usize,
                part: 0..batch_size as usize,
                epochs: 0,
            },
            made: 0,
            before: None,
            guard: None,
            rewinds: false,
            memory: None,
            ranks: Arc::default(),
        })
    }

    /// Shape and range of the data.
    pub fn data(&self) -> &DataShape {
        &self.data
    }

    /// Device of the tensors.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Counters.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Steps made since the run was created or loaded, including those lost to divergence.
    pub fn steps_made(&self) -> u64 {
        self.made
    }

    /// Training metrics per epoch.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Metrics per epoch, to be noted in.
    pub fn history_mut(&mut self) -> &mut History {
        &mut self.history
    }

    /// The step, with its networks.
    pub fn step(&self) -> &dyn Family {
        &*self.step
    }

    /// A value outside the fitted range in a training stream, if any; see [`Source::strayed`].
    pub fn strayed(&self) -> Option<f64> {
        self.source.as_ref().map_or(self.strayed, Source::strayed)
    }

    /// Encoding, decoding and scoring with the weights used for results.
    ///
    /// # Errors
    /// [`Error::Internal`] if the family does not encode.
    pub fn coder(&self) -> Result<Box<dyn Coder + '_>> {
        self.step.coder(&self.data)?.ok_or_else(|| Error::Internal("a family without a coder".into()))
    }

    /// The order of `n` samples in epoch number `epoch`, where classes are not balanced and samples not streamed.
    pub fn order(&self, epoch: u64, n: usize) -> Vec<i64> {
        self.random.permutation(Stream::Order, epoch, n)
    }

    /// Means of all terms in the current epoch; waits for the device.
    pub fn losses(&self) -> Result<Vec<(&'static str, f64)>> {
        Ok(self.scalars.names().iter().copied().zip(self.scalars.means()?).collect())
    }

    /// Starts data-parallel training with other processes, which have the same data and state: each takes its part of
    /// every batch.
    ///
    /// # Errors
    /// [`Error::Parameter`] if batches cannot be split equally.
    pub fn set_ranks(&mut self, ranks: Ranks) -> Result<()> {
        self.shared(self.batch_size, ranks.count())?;
        if !(self.ranks.alone() && ranks.alone()) {
            self.captured = None;
        }
        self.ranks = Arc::new(ranks);
        self.step.team_mut().parts.ranks = self.ranks.clone();
        Ok(())
    }

    // Checks that a batch can be split equally.
    fn shared(&self, batch_size: u64, count: u64) -> Result<()> {
        let (group, setting) = self.step.group();
        if batch_size % (count * group) == 0 {
            return Ok(());
        }
        let together = if group > 1 { format!(" of {setting}={group}") } else { String::new() };
        let expected = format!("must be divisible by {count} processes{together}");
        Err(Error::parameter("batch_size", expected, batch_size))
    }

    /// Applies changed settings, see [`Family::retune`].
    ///
    /// # Errors
    /// [`Error::Parameter`] if batches cannot be split equally; nothing is changed then.
    pub fn retune(&mut self, spec: &Spec) -> Result<()> {
        let batch_size = spec.batch_size() as u64;
        self.shared(batch_size, self.ranks.count())?;
        if batch_size != self.batch_size {
            if let Some(captured) = &mut self.captured {
                captured.forget();
            }
        }
        self.batch_size = batch_size;
        self.step.retune(spec);
        Ok(())
    }

    /// Creates the source for [`TrainLoop::begin`].
    ///
    /// # Errors
    /// Errors of [`Source::new`].
    pub fn source(&self, samples: Samples, labels: Option<&Tensor>, call: &str) -> Result<Source> {
        Source::new(&self.data, (samples, labels), self.random, self.device, call)
    }

    /// Decides where a run is after a loss that is not finite: at the position of its last finite state within the
    /// epoch, from which training goes on, or at the beginning of that epoch.
    pub fn set_rewinds(&mut self, rewinds: bool) {
        self.rewinds = rewinds;
    }

    /// Prepares the run for [`TrainLoop::advance`] on these samples.
    ///
    /// # Errors
    /// [`Error::Torch`] if the device fails; the run is then unchanged.
    pub fn begin(&mut self, source: Source, start: Start) -> Result<()> {
        self.before = Some(self.pass()?);
        let begun = self.ready(source, start);
        if begun.is_err() {
            // The first error is more informative than a second one during cleanup.
            let _ = self.end();
        }
        begun
    }

    fn ready(&mut self, source: Source, start: Start) -> Result<()> {
        if start == Start::NewEpoch && self.progress.position > 0 {
            self.close_epoch()?;
        }
        let part = self.ranks.part(self.batch_size);
        self.batching.batch = self.batch_size as usize;
        self.batching.part = part.start as usize..part.end as usize;
        self.memory = Some(KeepMemory::begin());
        self.guard = Some(Guard::begin(&*self.step, self.pass()?)?);
        if start == Start::NewEpoch {
            self.step.renew();
        }
        // Set last, so that a run does not hold data if its preparation fails.
        self.source = Some(source);
        Ok(())
    }

    /// Releases the resources of training. If training was interrupted, the losses since the last check are checked;
    /// without a step, the run is restored to its state before [`TrainLoop::begin`].
    ///
    /// # Errors
    /// [`Error::Diverged`], as [`TrainLoop::advance`].
    pub fn end(&mut self) -> Result<()> {
        let checked = self.check();
        self.strayed = self.strayed();
        (self.source, self.guard) = (None, None);
        self.memory = None;
        if let Some(before) = self.before.take().filter(|before| before.progress.step == self.progress.step) {
            before.restore(&mut self.scalars)?;
            self.history.truncate(before.rows);
            self.progress = Progress { drawn: self.progress.drawn, ..before.progress };
        }
        checked
    }

    /// Trains until `epochs` epochs are complete in total, or until an earlier event: an epoch ends, the clock passes
    /// `until`, or the number of steps is a multiple of `every`.
    ///
    /// # Errors
    /// [`Error::Diverged`] if a loss is not finite; the last state followed by finite losses is restored.
    pub fn advance(&mut self, epochs: u64, until: Instant, every: Option<u64>) -> Result<Event> {
        caught(|| self.advanced(epochs, until, every))
    }

    fn advanced(&mut self, epochs: u64, until: Instant, every: Option<u64>) -> Result<Event> {
        let begun = Instant::now();
        let _threads = self.threads.map(|_| Alone::begin());
        let per_epoch = self.per_epoch();
        self.batching.epochs = epochs;
        let event = loop {
            if self.progress.epoch >= epochs {
                return Ok(Event::Done);
            }
            if self.progress.position < per_epoch {
                if !self.one_step(until)? {
                    break Event::Time;
                }
                if every.is_some_and(|every| self.progress.step % every == 0) {
                    break Event::Step;
                }
            }
            if self.progress.position >= per_epoch {
                break Event::Epoch;
            }
            if Instant::now() >= until {
                break Event::Time;
            }
        };
        let due = match self.ranks.alone() {
            true => self.guard.as_ref().is_some_and(Guard::due),
            // All processes must take the same branch.
            false => event == Event::Epoch,
        };
        if event == Event::Epoch {
            self.meet()?;
        }
        if event == Event::Epoch || due {
            self.check()?;
        }
        // The device is asynchronous; a check waits for it.
        self.progress.seconds += begun.elapsed().as_secs_f64();
        if event == Event::Epoch {
            self.close_epoch()?;
            // The epoch was complete except for its end, which has been made now.
            self.before = None;
        }
        if due {
            let pass = self.pass()?;
            if let Some(guard) = &mut self.guard {
                guard.renew(&*self.step, pass)?;
            }
        }
        Ok(event)
    }

    // True if a step was made; false if its batch was not read in time.
    fn one_step(&mut self, until: Instant) -> Result<bool> {
        let moment = self.moment(self.batch_size);
        let Some(source) = &mut self.source else {
            return Ok(false);
        };
        let span = trace::span("batch");
        let batch = source.batch(&self.batching, (self.progress.epoch, self.progress.position), until)?;
        drop(span);
        let Some(batch) = batch else { return Ok(false) };
        let span = trace::span("step");
        let inputs = self.step.inputs(batch, moment)?.on(self.device)?;
        match &mut self.captured {
            Some(captured) => captured.step(&mut *self.step, inputs, moment, &mut self.scalars)?,
            None => self.step.step(&inputs, moment, &mut self.scalars)?,
        }
        drop(span);
        self.progress.step += 1;
        self.made += 1;
        self.progress.position += 1;
        self.progress.samples = moment.samples;
        Ok(true)
    }

    // Averages over all processes the losses and running statistics.
    fn meet(&mut self) -> Result<()> {
        if self.ranks.alone() {
            return Ok(());
        }
        self.sampler = None;
        self.scalars.average(&self.ranks)?;
        self.step.state().iter().try_for_each(|stored| self.ranks.average(&stored.flat))
    }

    // Counters of the next step.
    fn moment(&self, batch: u64) -> Moment {
        let per_epoch = self.per_epoch();
        Moment {
            step: self.progress.step,
            samples: self.progress.samples + batch,
            batch,
            epochs: self.progress.epoch as f64 + self.progress.position as f64 / per_epoch.max(1) as f64,
            plateaus: self.step.columns().watched.map_or(0, |column| self.history.plateaus(column)),
        }
    }

    fn per_epoch(&self) -> u64 {
        self.batching.steps(self.source.as_ref().map_or(0, Source::len))
    }

    // Metrics of the step, on the first samples of the data.
    fn measures(&mut self) -> Result<Vec<f64>> {
        let (columns, moment) = (self.step.columns().measures.len(), self.moment(0));
        match &self.source {
            Some(source) if columns > 0 => self.step.measures(&source.first(MEASURED)?, moment),
            _ => Ok(vec![f64::NAN; columns]),
        }
    }

    fn close_epoch(&mut self) -> Result<()> {
        let mut row = vec![(self.progress.epoch + 1) as f64, self.progress.samples as f64];
        row.extend(self.scalars.means()?);
        row.extend(self.measures()?);
        row.push(self.progress.seconds);
        self.history.push(&row);
        self.scalars.reset()?;
        self.progress.epoch += 1;
        (self.progress.position, self.progress.seconds) = (0, 0.0);
        Ok(())
    }

    fn pass(&self) -> Result<Pass> {
        Pass::take(self.progress, &self.scalars, self.history.len())
    }

    fn check(&mut self) -> Result<()> {
        let Some(term) = self.scalars.not_finite()? else {
            return Ok(());
        };
        let error = Error::Diverged {
            term: term.replace('_', " "),
            samples: self.progress.samples,
            losses: self.losses()?.into_iter().map(|(name, mean)| (name.to_owned(), mean)).collect(),
        };
        if let Some(good) = self.guard.as_ref().map(Guard::good) {
            good.restore(&*self.step)?;
            // The cached function may hold weights that have been discarded.
            self.sampler = None;
            self.history.truncate(good.pass.rows);
            self.progress = Progress { drawn: self.progress.drawn, ..good.pass.progress };
            if self.rewinds {
                good.pass.restore(&mut self.scalars)?;
            } else {
                (self.progress.position, self.progress.seconds) = (0, 0.0);
                self.scalars.reset()?;
            }
        }
        Err(error)
    }
}
