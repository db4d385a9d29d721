// A small library whose functions and lines are known. Made by
// rustc --edition 2024 --crate-type cdylib -C panic=abort -C opt-level=2 -C debuginfo=2 -C link-arg=-nostdlib \
//   -C link-arg=-Wl,--build-id=0x706f6e64 -C symbol-mangling-version=v0 --remap-path-prefix $PWD=/src pond.rs
#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

static mut WATER: [u32; 4] = [1, 2, 3, 4];

#[inline(always)]
fn ripple(depth: usize) -> u32 {
    unsafe { core::ptr::read_volatile(&raw const WATER[depth & 3]) }
}

#[inline(always)]
fn wave(depth: usize) -> u32 {
    ripple(depth).rotate_left(3)
}

mod duck {
    #[inline(never)]
    pub fn dive(depth: usize) -> u32 {
        super::wave(depth) ^ 5
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn pond_splash(depth: usize) -> u32 {
    duck::dive(depth) + 1
}
