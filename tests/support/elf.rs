//! Programs built for tests: an ELF file with debug information whose tables have the size, and the number of
//! references, that a test requires.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Address contained in every unit.
pub const START: u64 = 0x1000;

/// Offset after which every abbreviation has six bytes.
pub const ENTRIES: u32 = 11 + 126 * 5;

/// ELF file under construction.
#[derive(Clone, Default)]
pub struct Elf {
    abbreviations: Vec<u8>,
    info: Vec<u8>,
    lines: Vec<u8>,
    compressed: Vec<u8>,
    segments: u64,
    others: Vec<(&'static str, Section)>,
}

/// Section with its type and the number of the section that it refers to.
#[derive(Clone)]
struct Section {
    kind: u32,
    link: u32,
    content: Vec<u8>,
}

/// Unit: the offsets of its abbreviations and of its line table.
pub struct Unit {
    abbreviations: u32,
    lines: Option<u32>,
}

/// Creates a unit over all addresses, with abbreviations and a line table at these offsets.
pub fn unit(abbreviations: u32, lines: Option<u32>) -> Unit {
    Unit { abbreviations, lines }
}

impl Elf {
    /// Creates a file with one segment of code and no debug information.
    pub fn new() -> Self {
        Self { segments: 1, ..Self::default() }
    }

    /// Sets the number of segments, of one page each.
    pub fn segments(mut self, segments: u64) -> Self {
        self.segments = segments;
        self
    }

    /// Adds a table of abbreviations: first that of a unit with a line table, then those of variables. From [`ENTRIES`]
    /// on, an abbreviation begins at every sixth byte, where another table may begin.
    pub fn abbreviations(mut self, count: usize) -> Self {
        // Code, compile unit, no children; low_pc as an address, high_pc as four bytes, stmt_list as an offset.
        const UNIT: [u8; 11] = [1, 0x11, 0, 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0, 0];
        self.abbreviations.extend_from_slice(&UNIT);
        for code in 2..=count as u64 {
            prost::encoding::encode_varint(code, &mut self.abbreviations);
            self.abbreviations.extend_from_slice(&[0x34, 0, 0, 0]);
        }
        self.abbreviations.push(0);
        self
    }

    /// Adds a line table.
    pub fn lines(mut self, table: Vec<u8>) -> Self {
        self.lines.extend(table);
        self
    }

    /// Adds units.
    pub fn units(mut self, units: impl IntoIterator<Item = Unit>) -> Self {
        for Unit { abbreviations, lines } in units {
            let mut body = Vec::new();
            body.extend(4_u16.to_le_bytes());
            body.extend(abbreviations.to_le_bytes());
            body.push(8);
            body.push(1);
            body.extend(START.to_le_bytes());
            body.extend(0x10_0000_u32.to_le_bytes());
            // An offset past the section stands for a unit without a readable line table.
            body.extend(lines.unwrap_or(u32::MAX).to_le_bytes());
            self.info.extend((body.len() as u32).to_le_bytes());
            self.info.extend(body);
        }
        self
    }

    /// Adds a compressed section of zeros that inflates to `size` bytes.
    pub fn zeros(mut self, size: usize) -> Self {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; size]).unwrap();
        self.compressed.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        self.compressed.extend((size as u64).to_le_bytes());
        self.compressed.extend(1_u64.to_le_bytes());
        self.compressed.extend(encoder.finish().unwrap());
        self
    }

    /// Adds abbreviations and the body of a unit as they are.
    pub fn raw_unit(mut self, abbreviations: &[u8], body: &[u8]) -> Self {
        self.abbreviations.extend(abbreviations);
        self.info.extend((body.len() as u32 + 7).to_le_bytes());
        self.info.extend([4, 0, 0, 0, 0, 0, 8]);
        self.info.extend(body);
        self
    }

    /// Compresses the debug information in the form of GNU tools, whose sections have names of their own.
    pub fn with_old_compression(mut self) -> Self {
        for (name, content) in [(".zdebug_info", &mut self.info), (".zdebug_abbrev", &mut self.abbreviations)] {
            let content = std::mem::take(content);
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&content).unwrap();
            let size = (content.len() as u64).to_be_bytes();
            let content = [&b"ZLIB"[..], &size, &encoder.finish().unwrap()].concat();
            self.others.push((name, Section { kind: 1, link: 0, content }));
        }
        self
    }

    /// Adds a section.
    pub fn section(mut self, name: &'static str, content: Vec<u8>) -> Self {
        self.others.push((name, Section { kind: 1, link: 0, content }));
        self
    }

    /// Adds a build id.
    pub fn build_id(mut self, build_id: [u8; 4]) -> Self {
        let content = [&[4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0], &b"GNU\0"[..], &build_id].concat();
        self.others.push((".note.gnu.build-id", Section { kind: 7, link: 0, content }));
        self
    }

    /// Adds a symbol table with one function of this size.
    pub fn function(mut self, name: &str, size: u64) -> Self {
        let strings = 7 + self.others.len() as u32;
        let mut content = vec![0; 24];
        // Name, global function, section.
        content.extend([1, 0, 0, 0, 0x12, 0, 1, 0]);
        content.extend(START.to_le_bytes());
        content.extend(size.to_le_bytes());
        let names = [b"\0", name.as_bytes(), b"\0"].concat();
        self.others.push((".symtab", Section { kind: 2, link: strings, content }));
        self.others.push((".strtab", Section { kind: 3, link: 0, content: names }));
        self
    }

    /// Builds the file.
    pub fn bytes(self) -> Vec<u8> {
        /// Flag of a compressed section.
        const COMPRESSED: u64 = 0x800;
        let mut names = b"\0.debug_info\0.debug_abbrev\0.debug_line\0.shstrtab\0.debug_str\0".to_vec();
        let known = names.len();
        for (name, _) in &self.others {
            names.extend(name.as_bytes());
            names.push(0);
        }
        let flags = if self.compressed.is_empty() { 0 } else { COMPRESSED };
        let mut sections: Vec<(u32, u32, u64, u32, &[u8])> = vec![
            (1, 1, 0, 0, &self.info),
            (13, 1, 0, 0, &self.abbreviations),
            (27, 1, 0, 0, &self.lines),
            (49, 1, flags, 0, &self.compressed),
            (39, 3, 0, 0, &names),
        ];
        let mut name_at = known as u32;
        for (name, Section { kind, link, content }) in &self.others {
            sections.push((name_at, *kind, 0, *link, content));
            name_at += name.len() as u32 + 1;
        }
        let count = sections.len() as u16 + 1;
        let mut bytes = vec![0; 64 + 56 * self.segments as usize];
        let mut headers = vec![0_u8; 64];
        for (name, kind, flags, link, content) in sections {
            let (offset, size) = (bytes.len() as u64, content.len() as u64);
            bytes.extend_from_slice(content);
            let mut header = Vec::new();
            header.extend(name.to_le_bytes());
            header.extend(kind.to_le_bytes());
            // Entries of symbol tables have 24 bytes; others have no size.
            for word in [flags, 0, offset, size, u64::from(link), 4, if kind == 2 { 24 } else { 0 }] {
                header.extend(word.to_le_bytes());
            }
            headers.extend(header);
        }
        let table = bytes.len() as u64;
        bytes.extend(headers);
        let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        // Executable for x86-64, loaded at its link address.
        head.extend([2, 0, 62, 0, 1, 0, 0, 0]);
        for word in [START, 64, table] {
            head.extend(word.to_le_bytes());
        }
        head.extend([0; 4]);
        for half in [64, 56, self.segments as u16, 64, count, 5_u16] {
            head.extend(half.to_le_bytes());
        }
        for number in 0..self.segments {
            // Segment that is loaded and executable.
            head.extend([1, 0, 0, 0, 5, 0, 0, 0]);
            let size = if self.segments == 1 { 1 << 32 } else { 1 << 12 };
            for word in [number << 12, number << 12, number << 12, size, size, 1 << 12] {
                head.extend(u64::to_le_bytes(word));
            }
        }
        bytes[..head.len()].copy_from_slice(&head);
        bytes
    }
}

/// Line table with one directory, whose name has `directory` bytes, `files` files in it, and `rows` rows.
pub fn line_table(directory: usize, files: usize, rows: usize) -> Vec<u8> {
    let mut header = vec![1, 1, 1, 1, 1, 13];
    header.extend([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]);
    header.extend(vec![b'd'; directory]);
    header.extend([0, 0]);
    for _ in 0..files {
        header.extend(b"f\0\x01\0\0");
    }
    header.push(0);
    // Sets the address, then adds one row per byte of address, then ends the sequence.
    let mut program = vec![0, 9, 2];
    program.extend(START.to_le_bytes());
    program.extend(vec![13 + 1; rows]);
    program.extend([1, 2, 1, 0, 1, 1]);
    let mut table = 4_u16.to_le_bytes().to_vec();
    table.extend((header.len() as u32).to_le_bytes());
    table.extend(header);
    table.extend(program);
    let mut sized = (table.len() as u32).to_le_bytes().to_vec();
    sized.extend(table);
    sized
}
