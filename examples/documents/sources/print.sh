#!/usr/bin/env bash
# Prints the HTML sources to PDF and encodes the plain-text source as CP949.
# Needs: Chromium 131 or newer (page margin boxes), the Nanum and Liberation fonts, iconv.
#   Debian: apt-get install chromium fonts-nanum fonts-liberation fontconfig
# CHROMIUM=/path/to/browser chooses another browser.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

browser="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
[ -n "$browser" ] || { echo 'No Chromium found: install it or set CHROMIUM.' >&2; exit 1; }

# A missing font would silently be replaced by another and change the page breaks.
for family in NanumGothic NanumMyeongjo NanumBarunGothic 'Liberation Sans' 'Liberation Serif'; do
  [ -n "$(fc-list "$family")" ] || { echo "Font missing: $family" >&2; exit 1; }
done

options=(--headless --disable-gpu --no-pdf-header-footer)
# Chromium refuses its sandbox to root, as in a container; the pages are our own and load nothing from outside.
[ "$(id -u)" -ne 0 ] || options+=(--no-sandbox)

profile="$(mktemp -d)"
trap 'rm -rf "$profile"' EXIT

# print_pdf <source.html> <target.pdf>
print_pdf() {
  mkdir -p "$(dirname "$2")"
  rm -f "$2"
  "$browser" "${options[@]}" --user-data-dir="$profile" --print-to-pdf="$2" "file://$PWD/$1" 2>"$profile/browser.log" ||
    { cat "$profile/browser.log" >&2; exit 1; }
  [ -s "$2" ] || { cat "$profile/browser.log" >&2; echo "Nothing was printed to $2" >&2; exit 1; }
  echo "$2"
}

hanbit=../hanbit-precision
northwind=../northwind-logistics

print_pdf 취업규칙-v1.html "$hanbit/v1/취업규칙.pdf"
print_pdf 취업규칙-v2.html "$hanbit/v2/취업규칙.pdf"
print_pdf 2023-3분기-실적보고서.html "$hanbit/2023-3분기-실적보고서.pdf"
print_pdf security-handbook.html "$hanbit/security-handbook.pdf"
print_pdf supplier-agreement.html "$northwind/supplier-agreement.pdf"
print_pdf 운송-매뉴얼.html "$northwind/운송-매뉴얼.pdf"

iconv -f UTF-8 -t CP949 출장비-규정.utf8.txt >"$hanbit/출장비-규정.txt"
echo "$hanbit/출장비-규정.txt"
