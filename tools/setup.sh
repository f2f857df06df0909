# shellcheck shell=sh
# Read by ./demo and ./check: what a machine needs, how to see whether it is there, how to get it, and how to
# build. Whoever reads this stands in the root of the tree.

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
processors() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

compiler() {
  if [ -n "${CC:-}" ]; then
    say "$CC"
  elif have gcc; then
    say gcc
  elif have clang; then
    say clang
  else
    say cc
  fi
}

# A compiler counts only if it can also link: on a fresh system the C library's files may be missing.
compiler_works() {
  have "$(compiler)" || return 1
  echo 'int main(void) { return 0; }' | "$(compiler)" -x c - -o /dev/null >/dev/null 2>&1
}

# clang is for the fuzz targets too: with the libraries of its sanitizers.
clang_works() {
  have clang || return 1
  echo 'int main(void) { return 0; }' |
    clang -fsanitize=address,undefined -x c - -o /dev/null >/dev/null 2>&1
}

fonts_there() {
  if have fc-list && fc-list 2>/dev/null | grep -qi 'dejavu'; then return 0; fi
  for folder in /usr/share/fonts /usr/local/share/fonts "${HOME:-/nonexistent}/Library/Fonts" /Library/Fonts; do
    if [ -d "$folder" ] && find "$folder" -name 'DejaVuSans.ttf' 2>/dev/null | grep -q .; then return 0; fi
  done
  return 1
}

# Whether a part is there, judged by what would use it, not by a package manager's list.
part_there() {
  case $1 in
  compiler) compiler_works ;;
  cmake) have cmake ;;
  ninja) have ninja ;;
  pkg-config) have pkg-config ;;
  gsl) have pkg-config && pkg-config --exists gsl ;;
  cjson) have pkg-config && pkg-config --exists libcjson ;;
  criterion) have pkg-config && pkg-config --exists criterion ;;
  gnuplot) have gnuplot ;;
  fonts) fonts_there ;;
  clang) clang_works ;;
  esac
}

# The packages of a part:  part apt dnf apk pacman brew  (several joined by a comma, - for none)
package_table() {
  cat <<'TABLE'
compiler   gcc,libc6-dev     gcc                 gcc,musl-dev   gcc          gcc
cmake      cmake             cmake               cmake          cmake        cmake
ninja      ninja-build       ninja-build         samurai        ninja        ninja
pkg-config pkg-config        pkgconf-pkg-config  pkgconf        pkgconf      pkgconf
gsl        libgsl-dev        gsl-devel           gsl-dev        gsl          gsl
cjson      libcjson-dev      cjson-devel         cjson-dev      cjson        cjson
criterion  libcriterion-dev  libcriterion-devel  criterion-dev  criterion    criterion
gnuplot    gnuplot-nox       gnuplot             gnuplot        gnuplot      gnuplot
fonts      fonts-dejavu-core dejavu-sans-fonts   font-dejavu    ttf-dejavu   font-dejavu
clang      clang,libclang-rt-dev clang,compiler-rt clang,compiler-rt clang,compiler-rt llvm
TABLE
}

# packages COLUMN PART…
packages() {
  column=$1
  shift
  for part in "$@"; do
    package_table | awk -v part="$part" -v column="$column" \
      '$1 == part && $column != "-" { gsub(",", " ", $column); print $column }'
  done | tr '\n' ' ' | sed 's/ *$//'
}

# The command for a person to type, by the package manager that is there.
name_packages() {
  if have dnf; then
    say "  dnf install $(packages 3 "$@")"
  elif have apk; then
    say "  apk add $(packages 4 "$@")"
  elif have pacman; then
    say "  pacman -S $(packages 5 "$@")"
  elif have brew; then
    say "  brew install $(packages 6 "$@")"
  else
    say "  dnf:    $(packages 3 "$@")"
    say "  apk:    $(packages 4 "$@")"
    say "  pacman: $(packages 5 "$@")"
    say "  brew:   $(packages 6 "$@")"
  fi
}

missing_of() {
  missing=""
  for part in "$@"; do
    part_there "$part" || missing="$missing $part"
  done
  say "$missing"
}

# What a package manager says is hundreds of lines; they are shown when it fails.
quietly() {
  said=$(mktemp)
  if "$@" </dev/null >"$said" 2>&1; then
    rm -f "$said"
  else
    cat "$said" >&2
    rm -f "$said"
    return 1
  fi
}

install_by_apt() {
  wanted=$(packages 2 "$@")
  as_root="env"
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail "Missing: $wanted. Not root, and there is no sudo; as root: apt-get install $wanted"
    as_root="sudo env"
  fi
  say "Missing on this machine, installing with apt-get: $wanted"
  # shellcheck disable=SC2086
  quietly $as_root DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update ||
    say "apt-get update failed; trying with the package lists that are here"
  # shellcheck disable=SC2086
  quietly $as_root DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends $wanted || fail "apt-get could not install: $wanted"
}

# need PART…: installs what is missing where apt-get is, names it elsewhere. Goes on without gnuplot and fonts,
# which only the plots need; stops when another part is still missing.
need() {
  missing=$(missing_of "$@")
  [ -n "$missing" ] || return 0
  if have apt-get; then
    # shellcheck disable=SC2086
    install_by_apt $missing
  else
    say "Missing on this machine:$missing. Please install them, for example:"
    # shellcheck disable=SC2086
    name_packages $missing
  fi
  # shellcheck disable=SC2086
  for part in $(missing_of $missing); do
    case $part in
    gnuplot | fonts) say "Going on without $part: there will be no plots, or plots without text." ;;
    *) fail "Cannot go on without $part." ;;
    esac
  done
}

# build FOLDER TARGET CMAKE-OPTION…: configures if the options or the place have changed, and builds.
# Options that hold semicolons are passed through as they are.
build() {
  folder=$1 target=$2
  shift 2
  stamp="$(pwd) $*"
  if [ ! -f "$folder/build.ninja" ] || [ "$(cat "$folder/configured" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    say "Configuring $folder"
    if ! cmake -S . -B "$folder" -G Ninja "$@" >"$folder/configure.log" 2>&1; then
      cat "$folder/configure.log"
      return 1
    fi
    printf '%s\n' "$stamp" >"$folder/configured"
  fi
  say "Building $folder"
  # ninja knows --quiet since 1.11, which is younger than Ubuntu 22.04 and Debian 11.
  if ninja --help 2>&1 | grep -q -e --quiet; then
    ninja -C "$folder" -j "$(processors)" --quiet "$target"
  else
    quietly ninja -C "$folder" -j "$(processors)" "$target"
  fi
}
