# How latency is distributed: the share of requests slower than x (complementary distribution), both axes
# logarithmic, so that the slowest one in a thousand is as well to be seen as the half. Percentiles are heights.
#
# Settings: Low (the smallest share shown), Left and Right (latency, s); XTics, YTics, Marks (lists of ticks);
# MarkCount, Mark[] (shares); Sub (under the axis).
# Data: run-K.dat: latency in s, share slower. marks-K.dat: the same at the percentiles.
set label 1 Heading at screen 0.5, screen HeadingAt center font ',20'
set logscale xyy2
set xrange [Left:Right]
set yrange [Low:1.25]
set y2range [Low:1.25]
eval 'set xtics '.XTics
eval 'set ytics '.YTics
eval 'set y2tics '.Marks
set border 11
set tics nomirror out
set xlabel Sub
Upright = 'share of requests that took longer'
if (dumb) {
  set label 2 Upright at graph 0.3, graph 0.95 left
} else {
  set label 2 Upright at screen 0.022, screen (Top + Bottom) / 2.0 center rotate by 90
}
set lmargin at screen 0.135
set rmargin at screen 0.905
set bmargin at screen Bottom
set tmargin at screen Top
set key at graph 0, screen (Top + KeyGap) left bottom Left reverse maxcols 1
do for [k = 1:MarkCount] {
  set arrow k from graph 0, first Mark[k] to graph 1, first Mark[k] nohead back ls 21
}
plot for [k = 1:Runs] sprintf('run-%d.dat', k) using 1:2 with lines ls style(Style[k]) notitle, \
     for [k = 1:Runs] sprintf('marks-%d.dat', k) using 1:2 with points ls style(Style[k]) notitle, \
     for [k = 1:Runs] NaN with linespoints ls style(Style[k]) title Name[k]
unset output
