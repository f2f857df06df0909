# One or two figures against the load, side by side, each scenario a line with its confidence intervals.
#
# Settings: Panels (1 or 2); KeyColumns, KeyRows (of the legend); LoadLog (0 or 1), LoadLow, LoadHigh, LoadTics, LoadLabel; for each of the panels
# PanelTitle[], PanelLabel[], PanelLog[], PanelLow[], PanelHigh[], PanelFoot[] (1: PanelLow stands for 0),
# PanelTics[] (a list of ticks, or '' for gnuplot's own); Limits, LimitPanel[], LimitAt[], LimitName[]: objectives;
# Diagonal (0 or 1: the first panel shows where all would be answered); Scattered (1: points without lines); Knees
# (a legend's text, or '').
# Data: run-K.dat, a line for each load: load, then for each panel value, low, high, and 1 where it has no upper
# end (more requests failed than the percentile leaves out); Beyond says whether there is any such. knee-K.dat: the
# line of the knee, or nothing.
set multiplot
set xrange [LoadLow:LoadHigh]
if (LoadLog) { set logscale x }
set xlabel LoadLabel
eval 'set xtics '.LoadTics
set tmargin at screen Top
set bmargin at screen Bottom
set label 1 Heading at screen 0.5, screen HeadingAt center font ',20'
array Left[2] = [0.125, 0.62]
array Right[2] = [(Panels == 1 ? 0.97 : 0.475), 0.97]
do for [panel = 1:Panels] {
  if (panel == 2) { unset label 1 }
  set lmargin at screen Left[panel]
  set rmargin at screen Right[panel]
  set title PanelTitle[panel] offset 0,-0.3
  if (PanelLog[panel]) { set logscale y } else { unset logscale y }
  set yrange [PanelLow[panel]:PanelHigh[panel]]
  if (PanelTics[panel] eq '') { set ytics autofreq } else { eval 'set ytics '.PanelTics[panel] }
  if (!dumb) {
    set label 2 PanelLabel[panel] at screen (Left[panel] - 0.11), screen (Top + Bottom) / 2.0 center rotate by 90
  }
  value = 2 + 4 * (panel - 1)
  high = PanelHigh[panel]
  foot = PanelFoot[panel] ? PanelLow[panel] : -1e300
  raised(v) = v < foot ? foot : v
  shown(v, beyond) = Scattered ? NaN : beyond > 0 ? high : raised(v)
  finite(v, beyond) = beyond > 0 ? NaN : raised(v)
  tail = PanelLog[panel] ? high / (high / PanelLow[panel]) ** 0.05 : high - (high - PanelLow[panel]) * 0.05
  if (panel == 1) {
    set key at screen Left[1], screen (Top + KeyGap + RowHeight * 1.3) left bottom Left reverse maxcols KeyColumns maxrows KeyRows
  } else {
    unset key
  }
  plot \
    (Diagonal && panel == 1 ? x : NaN) with lines ls 22 title (Diagonal ? 'offered' : ''), \
    for [l = 1:Limits] (LimitPanel[l] == panel ? LimitAt[l] : NaN) with lines lc rgb '#404040' lw 1.8 \
      dt (6,4) title LimitName[l], \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(raised(column(value))):(raised(column(value + 1))):(raised(column(value + 2))) \
      with yerrorbars ls style(Style[k]) lw 1.5 dt 1 pt -1 notitle, \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(shown(column(value), column(value + 3))) \
      with lines ls style(Style[k]) notitle, \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(finite(column(value), column(value + 3))) \
      with points ls style(Style[k]) notitle, \
    for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(column(value + 3) > 0 ? tail : NaN):(0):(high - tail) \
      with vectors head filled size screen 0.012,20 ls style(Style[k]) dt 1 notitle, \
    for [k = 1:Runs] sprintf('knee-%d.dat', k) using 1:(finite(column(value), column(value + 3))) \
      with points ls 23 notitle, \
    for [k = 1:Runs] NaN with linespoints ls style(Style[k]) title Name[k], \
    NaN with points ls 23 title Knees, \
    NaN with points pt '↑' lc rgb '#404040' title (Beyond ? 'without end: more requests fail than the percentile leaves out' : '')
}
unset multiplot
unset output
