//! Scrolling: visible rows of a longer list.

/// First visible row of `rows` over `len` rows, moved as little as possible from `first` so that row `at` is visible
/// and no row beyond `len` is.
pub fn follow(first: usize, rows: usize, len: usize, at: usize) -> usize {
    let last = len.saturating_sub(rows);
    let low = (at + 1).saturating_sub(rows);
    first.clamp(low.min(at), at).min(last)
}

/// First visible row like [`follow`], but if row `at` was not visible it moves to the middle, so that the next steps do
/// not scroll.
pub fn centre(first: usize, rows: usize, len: usize, at: usize) -> usize {
    if (first..first + rows).contains(&at) {
        return clamp(first, rows, len);
    }
    clamp(at.saturating_sub(rows / 2), rows, len)
}

/// First visible row without a row to follow: changed only if rows beyond `len` would be visible.
pub fn clamp(first: usize, rows: usize, len: usize) -> usize {
    first.min(len.saturating_sub(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_moves_only_as_far_as_it_must() {
        assert_eq!(follow(0, 5, 20, 3), 0);
        assert_eq!(follow(0, 5, 20, 5), 1);
        assert_eq!(follow(9, 5, 20, 4), 4);
        assert_eq!(follow(18, 5, 20, 19), 15);
        assert_eq!(follow(3, 5, 4, 3), 0);
    }

    #[test]
    fn a_row_from_afar_comes_to_the_middle() {
        assert_eq!(centre(0, 5, 20, 3), 0);
        assert_eq!(centre(0, 5, 20, 10), 8);
        assert_eq!(centre(0, 5, 20, 19), 15);
        assert_eq!(centre(9, 0, 0, 0), 0);
    }

    #[test]
    fn no_rows_and_no_list_are_no_trouble() {
        assert_eq!(follow(0, 0, 0, 0), 0);
        assert_eq!(follow(7, 0, 20, 9), 9);
        assert_eq!(clamp(7, 3, 0), 0);
        assert_eq!(clamp(7, 3, 9), 6);
    }
}
