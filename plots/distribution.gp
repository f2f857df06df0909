# How latency is distributed: the share of requests slower than x (complementary distribution), both axes
# logarithmic, so that the slowest one in a thousand is as well to be seen as the half. Percentiles are heights.
#
# Settings: Runs; Name[], Style[], each run's; Top (of the graph, share of the picture); Low (the smallest share
# shown), Left and Right (latency, s); XTics, YTics, Marks (lists of ticks); Heading, Sub.
# Data: run-K.dat: latency in s, share slower. marks-K.dat: the same at the percentiles.
set label 1 Heading at screen 0.5, screen HeadingAt center font ',20'
set logscale xy
set xrange [Left:Right]
set yrange [Low:1.25]
eval 'set xtics '.XTics
eval 'set ytics '.YTics
eval 'set y2tics '.Marks
set link y2
set border 11
set tics nomirror out
set xlabel Sub
set ylabel 'requests that took longer'
set lmargin at screen 0.115
set rmargin at screen 0.92
set bmargin at screen Bottom
set tmargin at screen Top
set key at graph 0, graph 1 left bottom Left reverse maxcols 1 offset 0,0.5
do for [k = 1:MarkCount] {
  set arrow k from graph 0, first Mark[k] to graph 1, first Mark[k] nohead back ls 21
}
plot for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:2 with lines ls style(Style[k]) notitle, \
     for [k = 1:Runs] sprintf('marks-%d.dat', k) using 1:2 with points ls style(Style[k]) notitle, \
     for [k = 1:Runs] NaN with linespoints ls style(Style[k]) title Name[k]
unset output
