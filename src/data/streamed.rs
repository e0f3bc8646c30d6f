//! Streamed training data: threads read the next batches during a step.

use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tch::{Device, Kind, Tensor};

use super::{check_finite, Batching, Order, Reader};
use crate::base::device::{pinned, sent};
use crate::base::slice::as_mut_bytes;
use crate::base::{trace, Philox};
use crate::error::{Error, Result};
use crate::kind::DataShape;

/// Batches prefetched per reading thread.
const AHEAD: u64 = 3;

/// Maximum time to wait for reading threads at the end of training.
const PATIENCE: Duration = Duration::from_millis(100);

/// Training data behind a reader.
pub struct Streamed {
    shape: DataShape,
    reader: Arc<dyn Reader>,
    random: Philox,
    device: Device,
    ahead: Option<Ahead>,
    // First value outside the fitted range.
    strayed: Option<f64>,
}

// Sample indices, and the samples `[b, ...stored]` on the CPU.
type Read = (Vec<i64>, Tensor);

impl Streamed {
    /// Creates a stream of the reader's samples in the order given by `random`.
    pub fn new(shape: &DataShape, reader: Arc<dyn Reader>, random: Philox, device: Device) -> Self {
        Streamed {
            shape: shape.clone(),
            reader,
            random,
            device,
            ahead: None,
            strayed: None,
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.reader.len()
    }

    /// True if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Samples of a batch in the network's range, and their indices; `None` if they have not been read before `until`.
    ///
    /// # Errors
    /// Errors of the reader; [`Error::Data`] for values that are not finite.
    pub fn batch(
        &mut self,
        batching: &Batching,
        (epoch, position): (u64, u64),
        until: Instant,
    ) -> Result<Option<(Tensor, Tensor)>> {
        let number = epoch * batching.steps(self.len()) + position;
        let mut ahead = match self.ahead.take() {
            Some(ahead) if ahead.next == number => ahead,
            _ => {
                let order = Order::new(self.random, self.len(), self.reader.access());
                Ahead::begin(self.reader.clone(), order, batching, (number, self.device))?
            }
        };
        let read = ahead.next(until)?;
        self.ahead = Some(ahead);
        let Some((rows, samples)) = read else { return Ok(None) };
        self.strayed = self.strayed.map_or_else(|| self.shape.outside(&samples), |value| Ok(Some(value)))?;
        self.placed(&rows, samples).map(Some)
    }

    /// A value outside the fitted range, if one has been read; see [`DataShape::outside`].
    pub fn strayed(&self) -> Option<f64> {
        self.strayed
    }

    /// The first samples and their indices.
    pub fn first(&self, count: usize) -> Result<(Tensor, Tensor)> {
        let rows: Vec<i64> = (0..count as i64).collect();
        let samples = made(&*self.reader, &rows, self.device, |out| self.reader.peek(&rows, out))?;
        self.placed(&rows, samples)
    }

    fn placed(&self, rows: &[i64], samples: Tensor) -> Result<(Tensor, Tensor)> {
        let numbers = sent(&Tensor::f_from_slice(rows)?, self.device)?;
        if self.device == Device::Cpu {
            let all = Tensor::f_arange(rows.len() as i64, (Kind::Int64, Device::Cpu))?;
            if let Some(x) = self.shape.encode_bytes(&samples, &all)? {
                return Ok((x, numbers));
            }
        }
        // Copies from pinned memory are asynchronous.
        let samples = samples.f_to_device_(self.device, samples.f_kind()?, true, false)?;
        Ok((self.shape.encode(&samples)?, numbers))
    }
}

// Allocates memory for these samples and calls `fill` on it.
fn made(
    reader: &dyn Reader,
    rows: &[i64],
    device: Device,
    fill: impl FnOnce(&mut [u8]) -> Result<()>,
) -> Result<Tensor> {
    let _span = trace::span("read");
    let sizes: Vec<i64> = [&[rows.len() as i64], reader.sizes()].concat();
    let mut samples = Tensor::f_empty(&sizes[..], (reader.kind(), Device::Cpu))?;
    if device.is_cuda() {
        samples = pinned(&samples, device)?;
    }
    let bytes = as_mut_bytes(&mut samples)?;
    fill(bytes)?;
    check_finite(reader, rows, bytes)?;
    Ok(samples)
}

// Prefetching threads, starting at some batch.
struct Ahead {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    next: u64,
}

struct Shared {
    reader: Arc<dyn Reader>,
    batching: Batching,
    device: Device,
    queue: Mutex<Queue>,
    bell: Condvar,
}

struct Queue {
    order: Order,
    // Next batch to be read, and next batch to be used.
    claimed: u64,
    taken: u64,
    read: BTreeMap<u64, Result<Read>>,
    // Window announced last: (epoch, window index).
    announced: Option<(u64, usize)>,
    over: bool,
}

impl Ahead {
    fn begin(
        reader: Arc<dyn Reader>,
        order: Order,
        batching: &Batching,
        (first, device): (u64, Device),
    ) -> Result<Self> {
        let queue = Queue {
            order,
            claimed: first,
            taken: first,
            read: BTreeMap::new(),
            announced: None,
            over: false,
        };
        let (count, batching, bell) = (reader.threads(), batching.clone(), Condvar::new());
        let shared = Arc::new(Shared { reader, batching, device, queue: Mutex::new(queue), bell });
        let mut ahead = Ahead { shared, threads: Vec::new(), next: first };
        for i in 0..count.max(1) {
            let (shared, ahead_by) = (ahead.shared.clone(), AHEAD * count as u64);
            let named = std::thread::Builder::new().name(format!("ganvas-read-{i}"));
            let begun = named.spawn(move || shared.serve(ahead_by));
            ahead
                .threads
                .push(begun.map_err(|error| Error::Torch(format!("no thread could be started: {error}")))?);
        }
        Ok(ahead)
    }

    fn next(&mut self, until: Instant) -> Result<Option<Read>> {
        let mut queue = self.shared.lock();
        let read = loop {
            if let Some(read) = queue.read.remove(&self.next) {
                break read;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            queue = self.shared.bell.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        self.next += 1;
        queue.taken = self.next;
        self.shared.bell.notify_all();
        read.map(Some)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.bell.notify_all();
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience && !self.threads.iter().all(JoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(1));
        }
        // A thread in a longer read exits on its own; it owns all its data.
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, ahead: u64) {
        while let Some((number, rows)) = self.claim(ahead) {
            let reader = &*self.reader;
            let samples = || made(reader, &rows, self.device, |out| reader.read(&rows, out));
            let samples = catch_unwind(AssertUnwindSafe(samples));
            let samples = samples.unwrap_or_else(|_| Err(Error::Internal("a reader of data".into())));
            self.lock().read.insert(number, samples.map(|samples| (rows, samples)));
            self.bell.notify_all();
        }
    }

    // Next batch to read, once its predecessors have been used.
    fn claim(&self, ahead: u64) -> Option<(u64, Vec<i64>)> {
        let mut queue = self.lock();
        let steps = self.batching.steps(self.reader.len()).max(1);
        let end = self.batching.epochs * steps;
        while !queue.over && queue.claimed >= end.min(queue.taken + ahead) {
            queue = self.bell.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.over {
            return None;
        }
        let number = queue.claimed;
        queue.claimed += 1;
        let (epoch, places) = (number / steps, self.batching.places(number % steps));
        let window = places.start / queue.order.span();
        let announced = queue.announced.replace((epoch, window));
        if announced != Some((epoch, window)) {
            // Announces the following window as well, so that it is read in time.
            let first = if announced.is_some_and(|(of, _)| of == epoch) { window + 1 } else { window };
            for number in first..window + 2 {
                for rows in queue.order.neighbours(epoch, number) {
                    self.reader.announce(rows);
                }
            }
        }
        Some((number, queue.order.rows(epoch, places)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Access;

    struct Numbers(Access);

    impl Reader for Numbers {
        fn len(&self) -> usize {
            100
        }
        fn sizes(&self) -> &[i64] {
            &[1, 1, 1]
        }
        fn kind(&self) -> Kind {
            Kind::Uint8
        }
        fn access(&self) -> Access {
            self.0
        }
        fn threads(&self) -> usize {
            3
        }
        fn read(&self, rows: &[i64], out: &mut [u8]) -> Result<()> {
            if rows.contains(&77) {
                return Err(Error::Data("77".into()));
            }
            out.iter_mut().zip(rows).for_each(|(out, &row)| *out = row as u8);
            Ok(())
        }
    }

    #[test]
    fn batches_come_in_order_and_an_error_comes_in_its_place() {
        let shape = DataShape::image([1, 1, 1], 0.0, 255.0);
        let access = Access::Near { block: 5, window: 20 };
        let batching = Batching { batch: 8, part: 2..6, epochs: 2 };
        let mut order = Order::new(Philox::new(1), 100, access);
        let mut streamed = Streamed::new(&shape, Arc::new(Numbers(access)), Philox::new(1), Device::Cpu);
        let mut failed = 0;
        for (epoch, position) in (0..2).flat_map(|epoch| (0..12).map(move |position| (epoch, position))) {
            let rows = order.rows(epoch, batching.places(position));
            let far = Instant::now() + Duration::from_secs(60);
            match streamed.batch(&batching, (epoch, position), far).map(Option::unwrap) {
                Ok((x, numbers)) => {
                    assert_eq!(Vec::<i64>::try_from(&numbers).unwrap(), rows);
                    let back = shape.decode(&x).unwrap().round().to_kind(Kind::Int64).view([-1]);
                    assert_eq!(Vec::<i64>::try_from(&back).unwrap(), rows);
                }
                Err(error) => {
                    assert!(rows.contains(&77) && error.to_string() == "77");
                    failed += 1;
                }
            }
        }
        assert!(failed <= 2);
        assert_eq!(streamed.first(3).unwrap().0.size(), [3, 1, 1, 1]);
    }
}
