//! Picture files, decoded on demand; optionally cropped to the central square and resized.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use tch::Kind;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{Access, Reader};
use crate::error::{Error, Result};

/// Reads picture number `i` of any format as the bytes of `height * width * channels` values.
pub type Other = Box<dyn Fn(usize) -> Result<Vec<u8>> + Send + Sync>;

/// Number of bytes of a file that are searched for its size.
const HEADER: u64 = 1 << 16;

/// Picture files.
///
/// Common formats are decoded in Rust: complete PNG files (8 bits, or a palette without transparency) and JPEG files
/// (grey or colour) without an orientation tag. All others are passed to `other`, which also reports errors.
pub struct Pictures {
    /// Paths of the files.
    pub files: Vec<PathBuf>,
    /// Shape of a picture: `[height, width, channels]`, 1 channel for grey and 3 for colour.
    pub sizes: [i64; 3],
    /// Uint8, or float32 for pictures of more than 8 bits, which are all read by `other`.
    pub kind: Kind,
    /// True if pictures of other sizes are cropped and resized to a square; otherwise they raise an error.
    pub fitted: bool,
    /// Number of pixels above which a picture is passed to `other`.
    pub limit: usize,
    /// Reader of all other formats.
    pub other: Other,
}

// Rows from top to bottom, channels last.
struct Pixels {
    width: usize,
    height: usize,
    channels: usize,
    values: Vec<u8>,
}

impl Reader for Pictures {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn sizes(&self) -> &[i64] {
        &self.sizes
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn access(&self) -> Access {
        Access::Anywhere
    }

    fn threads(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from).min(16)
    }

    fn read(&self, rows: &[i64], out: &mut [u8]) -> Result<()> {
        let mut resizer = Resizer::new();
        let [height, width, channels] = self.sizes.map(|size| size as usize);
        for (&row, out) in rows.iter().zip(out.chunks_exact_mut(self.bytes())) {
            if self.kind == Kind::Uint8 {
                let path = &self.files[row as usize];
                let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
                let made = plain(&bytes, self.limit).and_then(|pixels| {
                    let same = (pixels.height, pixels.width) == (height, width);
                    let pixels = (same || self.fitted).then(|| pixels.with_channels(channels))?;
                    if same {
                        out.copy_from_slice(&pixels.values);
                        return Some(());
                    }
                    pixels.fit(height, &mut resizer, out)
                });
                if made.is_some() {
                    continue;
                }
            }
            match (self.other)(row as usize)? {
                made if made.len() == out.len() => out.copy_from_slice(&made),
                made => return Err(Error::Internal(format!("{} bytes for a picture of {}", made.len(), out.len()))),
            }
        }
        Ok(())
    }
}

/// Height and width of a picture in a common format, from the first bytes of its file; None for any other file.
pub fn size(path: &Path) -> Option<(usize, usize)> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(HEADER).read_to_end(&mut bytes).ok()?;
    match bytes[..] {
        [0x89, b'P', b'N', b'G', ..] => {
            let reader = png::Decoder::new(Cursor::new(&bytes)).read_info().ok()?;
            let info = reader.info();
            info.exif_metadata.is_none().then_some((info.height as usize, info.width as usize))
        }
        [0xFF, 0xD8, ..] => {
            let mut decoder = JpegDecoder::new(ZCursor::new(&bytes));
            decoder.decode_headers().ok()?;
            let (width, height) = decoder.dimensions()?;
            decoder.exif().is_none().then_some((height, width))
        }
        _ => None,
    }
}

fn plain(bytes: &[u8], limit: usize) -> Option<Pixels> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => png(bytes, limit),
        [0xFF, 0xD8, ..] => jpeg(bytes, limit),
        _ => None,
    }
}

fn png(bytes: &[u8], limit: usize) -> Option<Pixels> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().ok()?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let depth = info.bit_depth == png::BitDepth::Sixteen;
    if depth || info.trns.is_some() || info.exif_metadata.is_some() || width.checked_mul(height)? > limit {
        return None;
    }
    let channels = match reader.output_color_type().0 {
        png::ColorType::Grayscale => 1,
        png::ColorType::Rgb => 3,
        _ => return None,
    };
    let mut values = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut values).ok()?;
    // Reads to the end of the file, where an orientation tag may follow.
    reader.finish().ok()?;
    let turned = reader.info().exif_metadata.is_some();
    (!turned && values.len() == width * height * channels).then_some(Pixels { width, height, channels, values })
}

fn jpeg(bytes: &[u8], limit: usize) -> Option<Pixels> {
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(1 << 16).set_max_height(1 << 16);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    if decoder.exif().is_some() || width.checked_mul(height)? > limit {
        return None;
    }
    let (out, channels) = match decoder.input_colorspace()? {
        ColorSpace::Luma => (ColorSpace::Luma, 1),
        ColorSpace::YCbCr | ColorSpace::RGB => (ColorSpace::RGB, 3),
        _ => return None,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(out));
    let values = decoder.decode().ok()?;
    (values.len() == width * height * channels).then_some(Pixels { width, height, channels, values })
}

impl Pixels {
    fn with_channels(self, wanted: usize) -> Self {
        let values = match (self.channels, wanted) {
            // ITU-R BT.601 luma in 16-bit fixed point, as in Pillow.
            (3, 1) => {
                let luma = |p: &[u8]| {
                    let [r, g, b] = [u32::from(p[0]), u32::from(p[1]), u32::from(p[2])];
                    ((r * 19_595 + g * 38_470 + b * 7_471 + 0x8000) >> 16) as u8
                };
                self.values.chunks_exact(3).map(luma).collect()
            }
            (1, 3) => self.values.iter().flat_map(|&v| [v, v, v]).collect(),
            _ => return self,
        };
        Pixels { channels: wanted, values, ..self }
    }

    // Crops to the central square and resizes with antialiasing.
    fn fit(&self, size: usize, resizer: &mut Resizer, out: &mut [u8]) -> Option<()> {
        let side = self.width.min(self.height);
        let kind = if self.channels == 1 { PixelType::U8 } else { PixelType::U8x3 };
        let whole = ImageRef::new(self.width as u32, self.height as u32, &self.values, kind).ok()?;
        let mut fitted = Image::from_slice_u8(size as u32, size as u32, out, kind).ok()?;
        let (left, top) = ((self.width - side) as f64 / 2.0, (self.height - side) as f64 / 2.0);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).crop(
            left,
            top,
            side as f64,
            side as f64,
        );
        resizer.resize(&whole, &mut fitted, &options).ok()
    }
}
