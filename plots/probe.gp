# Whether gnuplot finds a font: without one it draws pictures without text and says nothing. Two texts of
# different letters then give the same picture.
if (strstrt(GPVAL_TERMINALS.' ', ' pngcairo ') > 0) {
  set terminal pngcairo noenhanced size 200,60 font 'DejaVu Sans,16'
} else {
  set terminal png noenhanced size 200,60 font 'DejaVu Sans,13'
}
unset border
unset tics
unset key
set xrange [0:1]
set yrange [0:1]
set output 'wide.png'
set label 1 'MMMM' at 0.5,0.5 center
plot -1
set output 'narrow.png'
set label 1 'iiii' at 0.5,0.5 center
plot -1
unset output
