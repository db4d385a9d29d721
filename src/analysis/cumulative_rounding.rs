//! Rounding of the parts of a sum so that the rounded parts add up to the rounded sum.

/// Divides figures one after another. Each quotient is the difference of two rounded running sums, so it is less than 1
/// unit away from the exact one, and the quotients add up to the rounded quotient of the sum.
#[derive(Clone, Copy, Debug)]
pub struct CumulativeRounding {
    divisor: i128,
    /// Sum of the figures so far.
    sum: i128,
    /// Sum of the quotients so far.
    given: i128,
}

impl CumulativeRounding {
    /// Rounding for a divisor of at least 1.
    pub(super) fn new(divisor: i64) -> Self {
        Self { divisor: i128::from(divisor.max(1)), sum: 0, given: 0 }
    }

    /// Quotient of the next figure.
    pub(super) fn next(&mut self, figure: i64) -> i64 {
        if self.divisor == 1 {
            return figure;
        }
        self.sum += i128::from(figure);
        let half = if self.sum < 0 { -self.divisor / 2 } else { self.divisor / 2 };
        let rounded = (self.sum + half) / self.divisor;
        let quotient = rounded - self.given;
        self.given = rounded;
        i64::try_from(quotient).unwrap_or(if quotient < 0 { i64::MIN } else { i64::MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_parts_add_up_to_the_rounded_sum() {
        let quotients = |divisor: i64, figures: &[i64]| -> Vec<i64> {
            let mut rounding = CumulativeRounding::new(divisor);
            figures.iter().map(|figure| rounding.next(*figure)).collect()
        };
        assert_eq!(quotients(3, &[1, 1, 1, 1]), [0, 1, 0, 0]);
        assert_eq!(quotients(3, &[-1, 0, -1, 0, 3]), [0, 0, -1, 0, 1]);
        assert_eq!(quotients(1, &[i64::MAX, i64::MAX, -4]), [i64::MAX, i64::MAX, -4]);
        assert_eq!(
            quotients(2, &[i64::MAX, i64::MAX]).iter().map(|part| i128::from(*part)).sum::<i128>(),
            i128::from(i64::MAX)
        );
    }
}
