#!/bin/sh
# Installs floorwatch from this folder, without any network; run again with a newer bundle it
# upgrades. Needs a POSIX shell and the Python that the bundle was made for, nothing else.
set -eu
umask 022

prefix=/opt/floorwatch root="" python="" service=yes unit_wanted=yes try=yes uninstall=no purge=no
unit=/etc/systemd/system/floorwatch.service

usage() {
    cat <<'TEXT'
usage: sudo sh install.sh [--prefix DIR] [--python PROGRAM] [--no-service] [--no-try]
       sudo sh install.sh --uninstall [--purge]
       sh install.sh --root DIR [...]

Checks that the bundle is whole and made for this machine, makes the user `floorwatch`, installs into
DIR (default: /opt/floorwatch), tries it on a recording, and starts the service if there is a site
file. The site file in /etc/floorwatch and everything in /var/lib/floorwatch stay as they are.

  --prefix DIR      where the program goes
  --python PROGRAM  the Python to use; without it one of the right version is looked for
  --no-service      neither user nor systemd unit: only the program and the settings
  --no-try          do not try it on the recording (about ten seconds)
  --root DIR        a rehearsal: everything below DIR, no user, nothing started; needs no root
  --uninstall       stops it and removes the program and the unit
  --purge           with --uninstall: the settings, the unsent alerts, the evidence and the user too
TEXT
}

die() {
    echo "install.sh: $*" >&2
    exit 2
}

say() {
    echo "-- $*"
}

value() { # of an option that needs one
    if [ $# -lt 2 ] || [ -z "$2" ]; then die "$1 needs a value; sh install.sh --help tells more"; fi
    echo "$2"
}

while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=$(value "$@"); shift ;;
        --root) root=$(value "$@"); shift ;;
        --python) python=$(value "$@"); shift ;;
        --no-service) service=no unit_wanted=no ;;
        --no-try) try=no ;;
        --uninstall) uninstall=yes ;;
        --purge) purge=yes ;;
        -h | --help) usage && exit 0 ;;
        *) die "$1 is not known; sh install.sh --help tells what is" ;;
    esac
    shift
done
case $prefix in /?*) ;; *) die "--prefix $prefix: give a whole path, such as /opt/floorwatch" ;; esac
case $prefix in # it stands in the unit, and in the first line of programs
    *[!A-Za-z0-9/._-]*) die "--prefix $prefix: letters, digits and / . _ - only" ;;
    /home/* | /root/* | /run/user/* | /tmp/* | /var/tmp/*)
        # ProtectHome=, PrivateTmp=
        [ "$service" = no ] || [ -n "$root" ] ||
            die "--prefix $prefix: the service does not see that folder; take one such as /opt/floorwatch" ;;
esac
[ "$purge" = no ] || [ "$uninstall" = yes ] || die "--purge goes with --uninstall only"
if [ -n "$root" ]; then
    service=no
    mkdir -p "$root"
    root=$(cd "$root" && pwd)
elif [ "$(id -u)" != 0 ]; then
    die "needs root to write to $prefix: run it with sudo, or rehearse with --root DIR"
fi
home=$root$prefix settings=$root/etc/floorwatch state=$root/var/lib/floorwatch

running_systemd() {
    [ "$service" = yes ] && [ -d /run/systemd/system ]
}

if [ "$uninstall" = yes ]; then
    if running_systemd && [ -e "$unit" ]; then
        systemctl disable --now floorwatch || say "the service could not be stopped; going on"
    fi
    # Only what this script made: the links and the releases.
    if [ -L "$home/bin" ]; then rm -f "$home/bin"; fi
    rm -rf "$home/releases"
    rmdir "$home" 2>/dev/null || true
    rm -f "$root$unit"
    if running_systemd; then systemctl daemon-reload; fi
    if [ "$purge" = yes ]; then
        rm -rf "$settings" "$state"
        if [ -z "$root" ] && id -u floorwatch >/dev/null 2>&1; then userdel floorwatch; fi
        say "removed, with settings, alerts and evidence"
    else
        say "removed; $settings and $state are left"
    fi
    exit 0
fi

cd "$(dirname "$0")"
sha256sum -c SHA256SUMS >/dev/null 2>&1 ||
    die "the bundle is damaged or not whole: copy it anew ($(sha256sum -c SHA256SUMS 2>/dev/null |
        grep -v ': OK$' | head -n 1))"
# shellcheck source=/dev/null
. ./bundle.env
release=$FLOORWATCH_VERSION-$(sha256sum SHA256SUMS | cut -c1-12)

machine=$(uname -m)
[ "$machine" = "$FLOORWATCH_MACHINE" ] ||
    die "this bundle is for $FLOORWATCH_PLATFORM ($FLOORWATCH_MACHINE), this machine is $machine"

fits() { # whether a program is the Python that the wheels are for
    "$1" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$FLOORWATCH_PYTHON')" 2>/dev/null
}

if [ -n "$python" ]; then
    fits "$python" || die "$python is not Python $FLOORWATCH_PYTHON, for which this bundle is"
else
    # The system's own first: TensorRT's module belongs to that one.
    for one in /usr/bin/python3 "python$FLOORWATCH_PYTHON" python3; do
        if fits "$one"; then python=$one && break; fi
    done
    [ -n "$python" ] ||
        die "there is no Python $FLOORWATCH_PYTHON here: give one with --python, or make the bundle anew"
fi

libc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)
oldest=$(printf '%s\n%s\n' "$libc" "$FLOORWATCH_GLIBC" | sort -V | head -n 1)
if [ -z "$libc" ] || [ "$oldest" != "$FLOORWATCH_GLIBC" ]; then
    die "this bundle needs glibc $FLOORWATCH_GLIBC or newer; here it is ${libc:-another C library}"
fi

mkdir -p "$home" || die "$home cannot be made"
free_mb=$(($(df -Pk "$home" | awk 'NR == 2 { print $4 }') / 1024))
[ "$free_mb" -ge "$FLOORWATCH_NEEDS_MB" ] ||
    die "$home has $free_mb MB free, $FLOORWATCH_NEEDS_MB MB are needed: make room, or choose --prefix"
[ -L "$home/bin" ] || [ ! -e "$home/bin" ] ||
    die "$home/bin was not made by this script: move $home away first (settings and alerts are not in it)"

# Each release is a folder of its own, and `bin` points to one: a power cut in the middle leaves the
# old one as it was.
new=$home/releases/$release
if [ -e "$new/complete" ]; then
    say "$release is installed already"
else
    say "installing $release for $FLOORWATCH_PLATFORM into $home"
    rm -rf "$new"
    set -- -m venv --without-pip # pip comes with the bundle: Debian keeps it in a package of its own
    if [ "$FLOORWATCH_SYSTEM_PACKAGES" = yes ]; then set -- "$@" --system-site-packages; fi
    "$python" "$@" "$new" || die "$python cannot make a virtual environment in $new"
    PYTHONPATH=$(echo "$PWD"/wheels/pip-*.whl) "$new/bin/python" -m pip --isolated install --quiet \
        --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
        --no-cache-dir --no-index -f wheels --no-deps --ignore-installed --require-hashes \
        -r requirements.txt || die "the wheels could not be installed; see above"
    "$new/bin/floorwatch" --version || die "it does not start; see above"
    if [ "$try" = yes ]; then
        say "trying it on a recording of a fall"
        seen=$(mktemp -d)
        "$new/bin/floorwatch" --log-level error replay --hold-last-s 10 --out "$seen" \
            "$new"/lib/python*/site-packages/configs/demo/collapse.mp4 || true
        sees=$(grep -c '"collapse"' "$seen/events.jsonl" || true)
        rm -rf "$seen"
        [ "${sees:-0}" -gt 0 ] ||
            die "it does not see the fall in the recording; what was installed before still is"
    fi
    : >"$new/complete"
fi

if [ "$service" = yes ] && ! id -u floorwatch >/dev/null 2>&1; then
    say "making the user floorwatch"
    useradd --system --home-dir /var/lib/floorwatch --no-create-home \
        --shell /usr/sbin/nologin floorwatch
fi
if [ "$service" = yes ]; then
    for group in video render; do # who may open the decoder and the GPU
        if getent group $group >/dev/null; then usermod -a -G $group floorwatch; fi
    done
    # systemd would make it at the first start; `floorwatch check` comes before that.
    install -d -m 0700 -o floorwatch -g floorwatch "$state"
fi

mkdir -p "$settings"
if [ "$service" = yes ]; then chgrp floorwatch "$settings" && chmod 0750 "$settings"; fi
cp configs/example.yaml "$settings/example.yaml"
if [ -d site ]; then
    (cd site && find . -type f) | while read -r file; do
        if [ ! -e "$settings/$file" ]; then
            mkdir -p "$(dirname "$settings/$file")"
            cp "site/$file" "$settings/$file"
            if [ "$service" = yes ]; then chgrp floorwatch "$settings/$file"; fi
            chmod 0640 "$settings/$file"
        elif ! cmp -s "site/$file" "$settings/$file"; then
            say "kept $settings/${file#./}, which differs from the bundle's"
        fi
    done
    if [ "$service" = yes ]; then find "$settings" -type d -exec chgrp floorwatch {} +; fi
fi

before=$(readlink "$home/bin" 2>/dev/null || true)
ln -sfn "releases/$release/bin" "$home/bin.new"
mv -fT "$home/bin.new" "$home/bin"

if [ "$unit_wanted" = yes ]; then
    mkdir -p "$(dirname "$root$unit")"
    sed "s#/opt/floorwatch/#$prefix/#g" configs/floorwatch.service >"$root$unit.new"
    mv -f "$root$unit.new" "$root$unit"
fi

# The release before stays, to go back to: ln -sfn releases/... bin. Run again with the same bundle,
# nothing is known of which that is: all stay.
if [ "$before" != "releases/$release/bin" ]; then
    for old in "$home"/releases/*; do
        case releases/${old##*/}/bin in
            "releases/$release/bin" | "$before") ;;
            *) rm -rf "$old" ;;
        esac
    done
fi

if running_systemd; then systemctl daemon-reload; fi
if [ ! -e "$settings/site.yaml" ]; then
    say "installed. Now write $settings/site.yaml (example.yaml beside it has every key), then:"
    if [ "$service" = yes ]; then
        # As the service's own user: what root leaves in its folder, it cannot use.
        echo "   chgrp floorwatch $settings/site.yaml; chmod 0640 $settings/site.yaml"
        echo "   sudo -u floorwatch $prefix/bin/floorwatch check $settings/site.yaml"
        echo "   systemctl enable --now floorwatch"
    else
        echo "   $home/bin/floorwatch check $settings/site.yaml"
    fi
elif running_systemd; then
    systemctl enable --quiet floorwatch
    if ! systemctl restart floorwatch; then
        if [ -n "$before" ] && [ "$before" != "releases/$release/bin" ]; then
            say "back to what was there: ln -sfn $before $home/bin; systemctl restart floorwatch"
        fi
        die "installed, but the service does not start: journalctl -u floorwatch says why"
    fi
    say "installed and started"
else
    say "installed"
fi
