//! Small recordings of a JVM: async-profiler's live objects in one chunk, and the dumps of a recording that goes on.

/// Bytes of a chunk, with integers in compressed form.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn number(mut self, number: u64) -> Self {
        let mut rest = number;
        while rest > 0x7f {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
        self
    }

    fn numbers(self, numbers: &[u64]) -> Self {
        numbers.iter().fold(self, |bytes, number| bytes.number(*number))
    }

    fn text(self, text: &str) -> Self {
        let mut bytes = self.numbers(&[3, text.len() as u64]);
        bytes.0.extend_from_slice(text.as_bytes());
        bytes
    }

    /// Appends an event of a type, preceded by its size.
    fn event(self, type_id: u64, content: Bytes) -> Self {
        let body = Bytes::default().number(type_id);
        let size = body.0.len() + content.0.len();
        let mut event = self.number(size as u64 + 1);
        assert!(size < 127, "the size takes one byte");
        event.0.extend(body.0);
        event.0.extend(content.0);
        event
    }

    /// Appends an event of any size; its size field takes four bytes.
    fn long_event(mut self, type_id: u64, content: Bytes) -> Self {
        let body = Bytes::default().number(type_id);
        let size = body.0.len() + content.0.len() + 4;
        self.0.extend([size as u8 | 0x80, (size >> 7) as u8 | 0x80, (size >> 14) as u8 | 0x80, (size >> 21) as u8]);
        self.0.extend(body.0);
        self.0.extend(content.0);
        self
    }
}

/// Fields of a type: name, id of the field's type, and kind.
type Fields = &'static [(&'static str, u64, Kind)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Constant,
    Array,
}

const LONG: u64 = 10;
const INT: u64 = 11;
const STRING: u64 = 12;
const BOOLEAN: u64 = 13;
const SYMBOL: u64 = 20;
const CLASS: u64 = 21;
const METHOD: u64 = 22;
const THREAD: u64 = 23;
const STACK: u64 = 24;
const FRAME: u64 = 25;
const LIVE: u64 = 30;
const OLD: u64 = 31;
const ALLOCATION: u64 = 32;
const COLLECTION: u64 = 33;

const TYPES: &[(u64, &str, Fields)] = &[
    (LONG, "long", &[]),
    (INT, "int", &[]),
    (STRING, "java.lang.String", &[]),
    (BOOLEAN, "boolean", &[]),
    (SYMBOL, "jdk.types.Symbol", &[("string", STRING, Kind::Plain)]),
    (CLASS, "java.lang.Class", &[("name", SYMBOL, Kind::Constant)]),
    (METHOD, "jdk.types.Method", &[("type", CLASS, Kind::Constant), ("name", SYMBOL, Kind::Constant)]),
    (THREAD, "java.lang.Thread", &[("osName", STRING, Kind::Plain), ("javaName", STRING, Kind::Plain)]),
    (STACK, "jdk.types.StackTrace", &[("truncated", BOOLEAN, Kind::Plain), ("frames", FRAME, Kind::Array)]),
    (FRAME, "jdk.types.StackFrame", &[("method", METHOD, Kind::Constant), ("lineNumber", INT, Kind::Plain)]),
    (
        LIVE,
        "profiler.LiveObject",
        &[
            ("startTime", LONG, Kind::Plain),
            ("eventThread", THREAD, Kind::Constant),
            ("stackTrace", STACK, Kind::Constant),
            ("objectClass", CLASS, Kind::Constant),
            ("allocationSize", LONG, Kind::Plain),
        ],
    ),
];

/// Types of the JVM's own events, beside [`TYPES`].
const JVM_TYPES: &[(u64, &str, Fields)] = &[
    (
        OLD,
        "jdk.OldObjectSample",
        &[
            ("startTime", LONG, Kind::Plain),
            ("eventThread", THREAD, Kind::Constant),
            ("stackTrace", STACK, Kind::Constant),
        ],
    ),
    (
        ALLOCATION,
        "jdk.ObjectAllocationSample",
        &[
            ("startTime", LONG, Kind::Plain),
            ("eventThread", THREAD, Kind::Constant),
            ("stackTrace", STACK, Kind::Constant),
            ("objectClass", CLASS, Kind::Constant),
            ("weight", LONG, Kind::Plain),
        ],
    ),
    (
        COLLECTION,
        "jdk.GarbageCollection",
        &[
            ("startTime", LONG, Kind::Plain),
            ("duration", LONG, Kind::Plain),
            ("gcId", INT, Kind::Plain),
            ("sumOfPauses", LONG, Kind::Plain),
        ],
    ),
];

/// Content of the metadata event: strings, then a tree of elements that refer to the strings.
fn metadata(types: &[(u64, &str, Fields)]) -> Bytes {
    let mut strings: Vec<String> = Vec::new();
    let mut id = |text: &str| {
        strings.iter().position(|known| known == text).unwrap_or_else(|| {
            strings.push(text.to_owned());
            strings.len() - 1
        }) as u64
    };
    let mut tree = Bytes::default().numbers(&[id("root"), 0, 1, id("metadata"), 0, types.len() as u64]);
    for (number, name, fields) in types {
        tree = tree.numbers(&[id("class"), 2, id("name"), id(name), id("id"), id(&number.to_string())]);
        tree = tree.number(fields.len() as u64);
        for (name, class, kind) in *fields {
            let extra = u64::from(*kind != Kind::Plain);
            tree = tree.numbers(&[id("field"), 2 + extra, id("name"), id(name), id("class"), id(&class.to_string())]);
            tree = match kind {
                Kind::Plain => tree,
                Kind::Constant => tree.numbers(&[id("constantPool"), id("true")]),
                Kind::Array => tree.numbers(&[id("dimension"), id("1")]),
            };
            tree = tree.number(0);
        }
    }
    let head = Bytes::default().numbers(&[0, 0, 1, strings.len() as u64]);
    let mut all = strings.iter().fold(head, |bytes, text| bytes.text(text));
    all.0.extend(tree.0);
    all
}

/// Start of the recordings, in nanoseconds since 1970.
const START: i64 = 1_795_353_987_000_000_000;
/// Ticks of the clock at the start of a chunk.
const START_TICKS: u64 = 1_000;
/// Ticks per second.
const TICKS: u64 = 1_000_000;

/// Recording with two stacks: `main` allocates 3 strings of 24 bytes, and `run` in thread `worker` one array of 4096
/// bytes. `truncated` is 1 if the second stack was too deep.
pub fn live_recording(truncated: u64) -> Vec<u8> {
    let mut body = Bytes::default();
    for _ in 0..3 {
        body = body.event(LIVE, Bytes::default().numbers(&[2_000, 1, 1, 2, 24]));
    }
    body = body.event(LIVE, Bytes::default().numbers(&[3_000, 2, 2, 3, 4096]));
    chunk(body, truncated, TYPES, [START, 5_000_000_000])
}

/// Nanoseconds of a chunk of [`jvm_dump`].
const DUMP_NANOS: i64 = 500_000_000;

/// Recording of a JVM that was dumped `dumps` times, each time after half a second: the chunks up to the last dump. Each
/// chunk has an allocation of 1 MiB, a collection of 10 ms at its start, and the same two old objects at its end.
pub fn jvm_dump(dumps: u64) -> Vec<u8> {
    let types = [TYPES, JVM_TYPES].concat();
    let one = |dump: u64| {
        let end = START_TICKS + TICKS / 2;
        let body = Bytes::default()
            .event(ALLOCATION, Bytes::default().numbers(&[2_000, 1, 1, 2, 1 << 20]))
            .event(COLLECTION, Bytes::default().numbers(&[2_000, 10_000, dump, 10_000]))
            .event(OLD, Bytes::default().numbers(&[end, 1, 1]))
            .event(OLD, Bytes::default().numbers(&[end, 2, 2]));
        chunk(body, 0, &types, [START + dump as i64 * DUMP_NANOS, DUMP_NANOS])
    };
    (0..dumps).flat_map(one).collect()
}

/// Chunk with some events, a start and a duration in nanoseconds.
fn chunk(mut body: Bytes, truncated: u64, types: &[(u64, &str, Fields)], [start, duration]: [i64; 2]) -> Vec<u8> {
    let symbols = ["app/Main", "main", "run", "java/lang/String", "[B"];
    let pool = |type_id: u64, count: usize| Bytes::default().numbers(&[type_id, count as u64]);
    let pools = [
        symbols.iter().zip(1..).fold(pool(SYMBOL, 5), |bytes, (text, key)| bytes.number(key).text(text)),
        pool(CLASS, 3).numbers(&[1, 1, 2, 4, 3, 5]),
        pool(METHOD, 2).numbers(&[1, 1, 2, 2, 1, 3]),
        pool(THREAD, 2).number(1).text("java").text("main").number(2).text("worker").number(0),
        pool(STACK, 2).numbers(&[1, 0, 1, 1, 7]).numbers(&[2, truncated, 2, 2, 9, 1, 5]),
    ];
    let mut checkpoint = Bytes::default().numbers(&[0, 0, 0, 0, pools.len() as u64]);
    checkpoint.0.extend(pools.into_iter().flat_map(|pool| pool.0));
    body = body.long_event(1, checkpoint).long_event(0, metadata(types));
    let mut chunk = b"FLR\0\0\x02\0\x01".to_vec();
    let numbers = [68 + body.0.len() as i64, 0, 0, start, duration, START_TICKS as i64, TICKS as i64];
    chunk.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    chunk.extend(1_u32.to_be_bytes());
    chunk.extend(body.0);
    chunk
}
