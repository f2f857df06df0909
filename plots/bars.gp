# Bars: one panel, or four in two rows; in each, groups of bars, one for each scenario, with their intervals and
# numbers above.
#
# Settings: Panels (1 or 4), PanelTitle[], PanelLow[], PanelHigh[], PanelTics[] (a list of ticks, or ''),
# PanelGroups[] (how many), GroupUpper[] and GroupLower[] (two lines of a name; of
# group g in panel p: entry (p - 1) * GroupsMost + g), BarWidth.
# Data: bars-N.dat for panel p and run k, N = (p - 1) * Runs + k: place, value, low, high, 1 where it has no end, and
# the number as text.
set multiplot
set label 1 Heading at screen 0.5, screen HeadingAt center font ',20'
set grid noxtics
set style fill pattern
set boxwidth BarWidth * 0.86
fill(k) = 1 + (k - 1) % 7
rows = Panels > 1 ? 2 : 1
columns = Panels > 1 ? 2 : 1
height = (Top - 0.02) / rows
do for [panel = 1:Panels] {
  if (panel == 2) { unset label 1 }
  side = (panel - 1) % columns
  row = (panel - 1) / columns
  set lmargin at screen (side == 0 ? 0.1 : 0.6)
  set rmargin at screen (side == columns - 1 ? 0.97 : 0.48)
  top = Top - row * height - (row > 0 ? 0.035 : 0)
  set tmargin at screen top
  set bmargin at screen (Panels == 1 ? Bottom : top - height + 0.075)
  set title PanelTitle[panel] offset 0,-0.4
  groups = PanelGroups[panel]
  set xrange [0.5:groups + 0.5]
  set yrange [PanelLow[panel]:PanelHigh[panel]]
  if (PanelTics[panel] eq '') { set ytics autofreq } else { eval 'set ytics '.PanelTics[panel] }
  unset xtics
  do for [g = 1:groups] {
    set label (100 + g) GroupUpper[(panel - 1) * GroupsMost + g] at first g, graph -0.035 center font ',13'
    set label (200 + g) GroupLower[(panel - 1) * GroupsMost + g] at first g, graph -0.072 center font ',13'
  }
  if (panel == 1) {
    set key at screen 0.1, screen (Top + KeyGap + RowHeight * 1.3) left bottom Left reverse maxcols 1
  } else {
    unset key
  }
  high = PanelHigh[panel]
  data(k) = sprintf('bars-%d.dat', (panel - 1) * Runs + k)
  plot \
    for [k = 1:Runs] data(k) using 1:(column(5) > 0 ? high * 0.8 : column(2)) with boxes ls style(Style[k]) lw 1.6 dt 1 \
      fs pattern fill(Style[k]) notitle, \
    for [k = 1:Runs] data(k) using 1:(column(4) > column(3) ? column(3) : NaN):(0):(column(4) - column(3)) with vectors heads \
      size screen 0.006,90 lc rgb '#000000' lw 1.8 dt 1 notitle, \
    for [k = 1:Runs] data(k) using 1:(column(5) > 0 ? high * 0.8 : NaN):(0):(high * 0.2) with vectors head filled \
      size screen 0.012,20 lc rgb '#000000' lw 2 notitle, \
    for [k = 1:Runs] data(k) using 1:(column(5) > 0 ? NaN : column(4)):6 with labels offset 0,0.7 \
      font (groups * Runs > 12 ? ',10' : ',13') tc rgb '#000000' notitle, \
    for [k = 1:Runs] data(k) using 1:(column(5) > 0 ? high * 0.9 : NaN):6 with labels left offset 1.2,0 \
      font ',18' tc rgb '#000000' notitle, \
    for [k = 1:Runs] NaN with boxes ls style(Style[k]) lw 1.6 dt 1 fs pattern fill(Style[k]) title Name[k]
}
unset multiplot
unset output
