#!/bin/sh
# S3 (or what speaks its language) for {{ title }}
# printed by: {{ command }}
# Run it after each build; it needs the AWS command line tool, and rights on the bucket. The first time, write `setup`
# behind the name of the bucket: that sets the bucket up. Put CloudFront in front of it: the website address of S3 has no
# TLS, and apps want https.
set -eu

bucket=${1:?usage: $0 BUCKET [setup]}
site='{{ public }}'/current
short='{{ short }}'
immutable='{{ immutable }}'

if [ "${2:-}" = setup ]; then
    aws s3api put-bucket-website --bucket "$bucket" --website-configuration '{
        "IndexDocument": {"Suffix": "index.html"}
    }'
{% for old, new in redirects %}
    # The feed has moved permanently: apps follow 301 and keep the new URL. A routing rule would do so for all keys that
    # begin like this one.
    aws s3api put-object --bucket "$bucket" --key '{{ old[1:] }}{{ "index.html" if old.endswith("/") }}' --website-redirect-location '{{ new }}'
{% endfor %}
    # Web players read feed, chapters, transcripts and audio from other sites.
    aws s3api put-bucket-cors --bucket "$bucket" --cors-configuration '{"CORSRules": [{
        "AllowedOrigins": ["*"], "AllowedMethods": ["GET", "HEAD"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 86400,
        "ExposeHeaders": {{ exposed_json }}
    }]}'
fi

# Files that others refer to are uploaded first, so that no reader finds a broken link.
put() { # TYPE CACHE PATTERN...; a pattern with ! takes files out again
    type=$1 cache=$2
    shift 2
    set -f
    filters='--exclude *'
    for pattern in "$@"; do
        case $pattern in
        !*) filters="$filters --exclude ${pattern#!}" ;;
        *) filters="$filters --include $pattern" ;;
        esac
    done
    # shellcheck disable=SC2086 # the filters are words, and globbing is off
    aws s3 sync "$site/" "s3://$bucket{{ base }}" $filters --content-type "$type" --cache-control "$cache"
    set +f
}
{% for kind, endings in media_types %}
put '{{ kind }}' "$immutable" '*.{{ endings | join("' '*.") }}'
{% endfor %}
{% for value, endings in text_types if not value.startswith("text/html") %}
put '{{ value }}' "$short" '*.{{ endings | join("' '*.") }}'{% if endings == ["json"] %} '!*chapters.json' '!feed.json'{% elif endings == ["xml"] %} '!{{ feed_names | join("' '!") }}'{% endif %}

{% endfor %}
put 'application/json+chapters' "$short" '*chapters.json'
put 'text/html; charset=utf-8' "$short" '*.html'
put 'application/feed+json' "$short" 'feed.json'
{% set here = feed_names | reject("in", moved_names) | list %}
{% if here %}
put 'application/rss+xml; charset=utf-8' "$short" '{{ here | join("' '") }}'
{% endif %}
# Old audio and artwork stay: feeds in apps still refer to them. To remove old pages and texts as well:
# aws s3 sync "$site/" "s3://$bucket{{ base }}" --delete --size-only --exclude 'media/*' --exclude 'images/*'{% for name in moved_names %} --exclude '{{ name }}'{% endfor %}

