# Two figures against the load, side by side, each scenario a line with its confidence intervals.
#
# Settings: Runs; Name[], Style[], each line's; Top and Bottom (of the graphs, shares of the picture); LoadLog (0
# or 1), LoadLow, LoadHigh, LoadLabel; for each of the two panels PanelTitle[], PanelLabel[], PanelLog[],
# PanelLow[], PanelHigh[], PanelTics[] (a list of ticks, or '' for gnuplot's own); Limits, LimitPanel[], LimitAt[],
# LimitName[]: objectives; Diagonal (0 or 1: the first panel shows where all would be answered).
# Data: run-K.dat, a line for each load: load, then for each panel value, low, high, and 1 where it has no upper
# end (more requests failed than the percentile leaves out).
set multiplot
set lmargin at screen 0.09
set xrange [LoadLow:LoadHigh]
if (LoadLog) { set logscale x }
set xlabel LoadLabel
eval 'set xtics '.LoadTics
set tmargin at screen Top
set bmargin at screen Bottom
set label 1 Heading at screen 0.5, screen HeadingAt center font ',20'
array Left[2] = [0.09, 0.59]
array Right[2] = [0.485, 0.985]
do for [panel = 1:2] {
  if (panel == 2) { unset label 1 }
  set lmargin at screen Left[panel]
  set rmargin at screen Right[panel]
  set title PanelTitle[panel] offset 0,-0.3
  if (PanelLog[panel]) { set logscale y } else { unset logscale y }
  set yrange [PanelLow[panel]:PanelHigh[panel]]
  if (PanelTics[panel] eq '') { set ytics autofreq } else { eval 'set ytics '.PanelTics[panel] }
  set ylabel PanelLabel[panel]
  value = 2 + 4 * (panel - 1)
  high = PanelHigh[panel]
  shown(v, beyond) = beyond ? high : v
  low_of(v, beyond) = beyond ? NaN : v
  tail = PanelLog[panel] ? high / (high / PanelLow[panel]) ** 0.05 : high - (high - PanelLow[panel]) * 0.05
  if (panel == 1) {
    set key at screen 0.09, screen Top left bottom Left reverse maxcols 2 offset 0,2.0
  } else {
    unset key
  }
  plot for [l = 1:Limits] (LimitPanel[l] == panel ? LimitAt[l] : NaN) with lines lc rgb '#404040' lw 1.8 \
      dt (6,4) title LimitName[l], \
    (Diagonal && panel == 1 ? x : NaN) with lines lc rgb '#404040' lw 1.6 dt (2,3) \
      title (Diagonal ? 'offered' : ''), \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(column(value)):(column(value + 1)):(column(value + 2)) \
      with yerrorbars lc rgb '#404040' lw 1.4 pt -1 notitle, \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(shown(column(value), column(value + 3))) \
      with lines ls style(Style[k]) notitle, \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(low_of(column(value), column(value + 3))) \
      with points ls style(Style[k]) notitle, \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(column(value + 3) ? tail : NaN):(0):(high - tail) \
      with vectors head filled size screen 0.012,20 ls style(Style[k]) dt 1 notitle, \
    for [k = 1:Runs] NaN with linespoints ls style(Style[k]) title Name[k]
}
unset multiplot
unset output
