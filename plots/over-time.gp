# One figure over time, or two, one above the other; each run, or each tier of one, is a line.
#
# Settings: Panels (1 or 2), KeyRows (of the legend), Subtitle (beneath the heading, or ''); for each of the panels PanelLabel[], PanelLog[]
# (0 or 1), PanelLow[], PanelHigh[], PanelTics[] (a list of ticks, or '' for gnuplot's own); TimeLabel, TimeEnd;
# Warmup (its end, 0: none); Reference (0 or 1: reference-1.dat is drawn in the first panel), ReferenceName; Every
# (points between two markers); Events, EventAt[], EventMark[] (letters), EventRows, EventRow[] (what the
# letters mean). The marks of warm-up and events stand between two panels, or in a row above a single one.
# Data: run-K.dat: time, first figure, second figure. reference-1.dat: time, figure.
set multiplot
set label 2 Heading at screen 0.5, screen HeadingAt center font ',20'
set lmargin at screen 0.13
set rmargin at screen 0.97
set xrange [0:TimeEnd]
if (Subtitle ne '') { set label 4 Subtitle at screen 0.5, screen (HeadingAt - RowHeight) center font ',16' }
middle = (Top + Bottom) / 2.0
marks = Panels == 1 && (Warmup > 0 || Events > 0)
if (Panels == 2) { between = middle } else { between = Top + RowHeight / 2.0 }
if (Warmup > 0) {
  set object 1 rectangle from first 0, graph 0 to first Warmup, graph 1 fc rgb '#f0f0f0' fs solid noborder behind
}
do for [e = 1:Events] {
  set arrow (10 + e) from first EventAt[e], graph 0 to first EventAt[e], graph 1 nohead back ls 21
  set label (10 + e) EventMark[e] at first EventAt[e], screen between center font ',14' tc rgb '#404040' front
}
do for [row = 1:EventRows] {
  set label (40 + row) EventRow[row] at screen 0.135, screen (Top + KeyGap + RowHeight * (EventRows + marks - row + 0.5)) left \
    font ',14' tc rgb '#404040'
}
do for [panel = 1:Panels] {
  if (PanelLog[panel]) { set logscale y } else { unset logscale y }
  set yrange [PanelLow[panel]:PanelHigh[panel]]
  if (PanelTics[panel] eq '') { set ytics autofreq } else { eval 'set ytics '.PanelTics[panel] }
  if (panel == 1) {
    set tmargin at screen Top
    foot = Panels == 2 ? middle + 0.025 : Bottom
    set bmargin at screen foot
    if (Panels == 2) { set format x '' } else { set xlabel TimeLabel }
    if (dumb) {
      set label 3 PanelLabel[1] at graph 1, screen (Top + RowHeight) right
    } else {
      set label 3 PanelLabel[1] at screen 0.018, screen (Top + foot) / 2.0 center rotate by 90
    }
    set key at graph 0, screen (Top + KeyGap + RowHeight * (EventRows + marks)) left bottom Left reverse maxcols 2 maxrows KeyRows
    if (Warmup > 0) {
      set label 1 'warm-up' at first 0, screen between left offset 0.4,0 tc rgb '#595959' font ',13' front
    }
  } else {
    set tmargin at screen middle - 0.025
    set bmargin at screen Bottom
    unset label 2
    unset label 4
    unset label 1
    do for [e = 1:Events] { unset label (10 + e) }
    do for [row = 1:EventRows] { unset label (40 + row) }
    set format x '%g'
    if (dumb) {
      set label 3 PanelLabel[2] at graph 1, screen middle right
    } else {
      set label 3 PanelLabel[2] at screen 0.018, screen (Bottom + middle) / 2.0 center rotate by 90
    }
    set xlabel TimeLabel
    unset key
  }
  if (panel == 1 && Reference) {
    plot 'reference-1.dat' using 1:2 with lines ls 22 title ReferenceName, \
      for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(column(1 + panel)) \
      with linespoints ls style(Style[k]) pointinterval Every title Name[k]
  } else {
    plot for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:(column(1 + panel)) \
      with linespoints ls style(Style[k]) pointinterval Every title Name[k]
  }
}
unset multiplot
unset output
