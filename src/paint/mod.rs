//! What every view draws with: styles, text cut to cells, bars. No view and no state.
