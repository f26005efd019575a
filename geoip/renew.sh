#!/bin/sh
# Renews geoip/country.mmdb from npm, beside the running server: it reads the new file by itself.
# Usage: geoip/renew.sh [country.mmdb]   Needs npm and tar; checks the new data with pmilter where it is found ($PMILTER or PATH).
set -eu

package=@ip-location-db/geo-whois-asn-country-mmdb
target=${1:-$(dirname "$0")/country.mmdb}
pmilter=${PMILTER:-$(command -v pmilter || true)}

folder=$(dirname "$target")
new="$folder/.country.mmdb.$$"
work=$(mktemp -d)
trap 'rm -rf "$work" "$new"' EXIT INT TERM

(cd "$work" && npm pack --silent "$package" >/dev/null)
tar -xzf "$work"/*.tgz -C "$work" package/geo-whois-asn-country.mmdb
cp "$work/package/geo-whois-asn-country.mmdb" "$new"
chmod 644 "$new"

size=$(wc -c <"$new")
if [ "$size" -lt 4000000 ]; then
    echo "renew: the new file has only $size bytes; the old one stays" >&2
    exit 1
fi

if [ -n "$pmilter" ]; then
    printf 'geoip:\n  country: %s\n' "$(cd "$folder" && pwd)/$(basename "$new")" >"$work/pmilter.yaml"
    for pair in 8.8.8.8=US 133.11.0.1=JP 2001:240::1=JP; do
        if ! "$pmilter" geoip --config "$work/pmilter.yaml" "${pair%=*}" | grep -qw "${pair##*=}"; then
            echo "renew: the new file does not say ${pair##*=} for ${pair%=*}; the old one stays" >&2
            exit 1
        fi
    done
else
    echo "renew: no pmilter found, the new file is not checked by look-ups" >&2
fi

# A rename, so that nobody ever reads half a file.
mv "$new" "$target"
echo "renewed $target ($size bytes)"
