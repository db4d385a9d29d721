//! Frames that text heaps ask to leave out once they have names: the allocator's own, and the runtime's under it.
//!
//! The texts cannot say so themselves, since they hold addresses alone; pprof adds the same rules when it reads them. The
//! names are those of the C and C++ libraries, of tcmalloc and jemalloc, and of Go's runtime.

use crate::base::clean::Text;
use crate::profile::Header;

/// Names of functions that allocate or free, as regular expressions over whole names without arguments.
const DROPPED: [&str; 9] = [
    // The C library.
    "calloc|cfree|malloc|free|memalign|do_memalign|(__)?posix_memalign|pvalloc|valloc|realloc|__libc_malloc",
    // C++, as its compilers and libraries name what allocates.
    r"operator new(\[\])?|__builtin_(vec_)?(new|delete)|_M_allocate|allocate|cpp_alloc",
    "__gnu_cxx::new_allocator(<.*>)?::allocate|(simple_alloc|__malloc_alloc_template)(<.*>)?::allocate",
    "(::)?do_malloc(_no_errno|_pages)?|DoSampledAllocation|MallocedMemBlock::MallocedMemBlock|BaseArena::.*",
    // tcmalloc.
    "tcmalloc::.*|tc_(calloc|cfree|malloc|free|memalign|posix_memalign|pvalloc|valloc|realloc)",
    "tc_(new|delete|newarray|deletearray|new_nothrow|newarray_nothrow)",
    // Apple's zones.
    "malloc_zone_(malloc|calloc|valloc|realloc|memalign|free)",
    // jemalloc.
    "(_rjem_)?je_.*|(_rjem_)?((m|r|x)allocx|prof_(backtrace|alloc_prep|tctx_create).*)",
    // Go.
    r"runtime\..*",
];

/// Names that look like those and lead into the program's own code.
const KEPT: &str = r"runtime\.panic|runtime\.reflectcall|runtime\.call[0-9]*";

/// Adds the rules to a header.
pub(super) fn add(header: Header) -> Header {
    Header { drop_frames: Text::from(&*DROPPED.join("|")), keep_frames: Text::from(KEPT), ..header }
}
