package report

import (
	"fmt"
	"html/template"
	"math"
	"time"
)

// number shows a metric with three decimals.
func number(v float64) string { return decimals(v, 3) }

func decimals(v float64, n int) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return "∞"
	}
	return fmt.Sprintf("%.*f", n, v)
}

// duration words seconds as 12.3 s, 4:05 or 3:04:05.
func duration(seconds float64) string {
	if seconds < 60 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	s := int(time.Duration(seconds * float64(time.Second)).Round(time.Second).Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d:%02d min", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d h", s/3600, s/60%60, s%60)
}

// grouped writes a whole number with thin spaces between thousands.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// grade is the background of a Dice cell: a shade between warm (0) and clear (1).
func grade(v float64) template.CSS {
	if math.IsNaN(v) {
		return "background:none"
	}
	v = math.Max(0, math.Min(1, v))
	return template.CSS(fmt.Sprintf("background:color-mix(in srgb, var(--good) %.0f%%, var(--bad))", 100*v))
}
