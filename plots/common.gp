# Read before every template, after the settings that the program writes for it: the terminal and the styles.
#
# Settings: Format ('png', 'svg', 'pdf' or 'dumb'), Width and Height (pixels; of 'dumb' characters); as shares of the
# height: Top and Bottom (of the graphs), HeadingAt, KeyGap (between graph and legend), RowHeight (of a legend); and
# Heading. Lines: Runs, Name[], Style[] (each run's). Colours are those of Okabe and Ito (2008), which the colour-blind tell apart; dashes and markers tell them apart in black
# and white too. Names from scenarios come as arrays of single-quoted strings, in which gnuplot changes nothing.
set encoding utf8
set decimalsign '.'
if (Format eq 'dumb') {
  set terminal dumb noenhanced size Width,Height aspect 2,1
}
if (Format eq 'svg') {
  set terminal svg noenhanced size Width,Height dynamic font 'DejaVu Sans,16' background '#ffffff'
}
if (Format eq 'pdf') {
  set terminal pdfcairo noenhanced size (Width/120.0),(Height/120.0) font 'DejaVu Sans,10' background '#ffffff'
}
if (Format eq 'png') {
  if (strstrt(GPVAL_TERMINALS.' ', ' pngcairo ') > 0) {
    set terminal pngcairo noenhanced size Width,Height font 'DejaVu Sans,16' background '#ffffff'
  } else {
    set terminal png noenhanced truecolor size Width,Height font 'DejaVu Sans,13' background '#ffffff'
  }
}
set output (Format eq 'dumb' ? 'plot.txt' : 'plot.'.Format)

set style line 1 lc rgb '#0072b2' lw 2.6 dt 1               pt 7  ps 1.3
set style line 2 lc rgb '#d55e00' lw 2.6 dt (12,5)          pt 5  ps 1.2
set style line 3 lc rgb '#009e73' lw 2.6 dt (4,4)           pt 9  ps 1.5
set style line 4 lc rgb '#cc79a7' lw 2.6 dt (14,4,3,4)      pt 13 ps 1.6
set style line 5 lc rgb '#e69f00' lw 2.6 dt (22,5)          pt 11 ps 1.5
set style line 6 lc rgb '#56b4e9' lw 2.6 dt (14,4,3,4,3,4)  pt 15 ps 1.4
set style line 7 lc rgb '#000000' lw 2.2 dt (8,3)           pt 6  ps 1.3
set style line 8 lc rgb '#7f7f7f' lw 2.2 dt (2,3)           pt 4  ps 1.2
style(k) = 1 + (k - 1) % 8

set style line 20 lc rgb '#d9d9d9' lw 1   dt 1     # the grid
set style line 21 lc rgb '#595959' lw 1.4 dt (3,3) # what things are measured against
set style line 22 lc rgb '#c4c4c4' lw 6 dt 1       # what was offered, under the lines
set style line 23 lc rgb '#000000' lw 2 pt 6 ps 3.4      # a ring around a point
set border 3 lc rgb '#404040' lw 1.2
set tics nomirror out
set grid xtics ytics ls 20
set datafile missing 'NaN'
set datafile separator whitespace
set key noenhanced left Left reverse samplen 4 spacing 1.15 width 0

# On a terminal a line is known by its character, and there is no room for a grid or upright words.
dumb = Format eq 'dumb'
if (dumb) {
  do for [k = 1:8] { set style line k lt k pt k dt solid }
  set style line 21 lt 0
  set style line 22 lt 0
  set style line 23 pt 'O'
  unset grid
  set key samplen 2
}
