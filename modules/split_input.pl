#!/usr/bin/env perl
# Splits an input file into the tasks of an array: part.1 … part.N, by lines or by records.
#
# A module for `preprocessing` (in the job's working directory) or `staging` (the parts are sent with the job). Perl 5
# with JSON::PP, which comes with it (on Red Hat's systems as the package perl-JSON-PP).
#
#     modules:
#       preprocessing:
#         1: {module: split_input.pl, execution: perl split_input.pl}
#     kwargs:
#       split_input:
#         file: molecules.fasta  # relative to the working directory; in staging also to the job's own directory
#         parts: 10              # default: resources.nbr_jobs_in_array
#         begins: "^>"           # a line that begins a record (here FASTA); or
#         ends: '^\$\$\$\$'      # a line that ends one (SDF); without both each line is a record
#         header: 1              # lines at the top that each part gets
#         to: part               # parts are called part.1, part.2, …
#     execution: ./simulate "part.$SLURM_ARRAY_TASK_ID"
#
# Sets resources.nbr_jobs_in_array to the number of parts, which is smaller where there are fewer records. Records stay
# in order, and no two parts differ by more than one record.
use strict;
use warnings;
use JSON::PP;

# Numbers as they were written: kwargs must reach the next module unchanged.
my $json = JSON::PP->new->utf8->allow_bignum->canonical;
my $job  = $json->decode(@ARGV ? $ARGV[0] : do { local $/; <STDIN> });

my $kwargs  = ref $job->{kwargs} eq 'HASH' ? $job->{kwargs} : {};
my $options = $kwargs->{split_input};
fail('kwargs.split_input is missing; it says at least which file to split') if ref $options ne 'HASH';
my $file = place($options->{file} // fail('kwargs.split_input.file is missing; name the file to split'));
my $to   = $options->{to} // 'part';
utf8::encode($to);
my $parts = wanted($options->{parts}, $job->{resources}{nbr_jobs_in_array});

my $count = 0;
walk(sub { $count++ if $_[1] });
fail("$file has no record to split") if $count == 0;
if ($count < $parts) {
    print STDERR "split_input: $file has $count records only, so there are as many parts\n";
    $parts = $count;
}
write_parts();
$job->{resources}{nbr_jobs_in_array} = $parts + 0;
print $json->encode($job), "\n";
print STDERR "split_input: $count records of $file in $parts parts\n";

# Where the file is: here, or in the job's directory, or it is the job itself.
sub place {
    my ($name) = @_;
    utf8::encode($name);
    my $home = $ENV{SLUICE_JOB} // '';
    for my $path ($name, "$home/$name", $home =~ m{(?:^|/)\Q$name\E$} ? $home : ()) {
        return $path if -f $path;
    }
    fail("$name is not there");
}

sub wanted {
    my ($asked, $given) = @_;
    my $parts = $asked // $given // fail('kwargs.split_input.parts is missing; write the number of parts');
    fail("kwargs.split_input.parts $parts is no whole number above 0") if $parts !~ /^[1-9][0-9]*$/;
    fail("kwargs.split_input.parts $parts and resources.nbr_jobs_in_array $given differ; keep one of them")
        if defined $given && $given != $parts;
    return $parts;
}

# Calls back with each line and whether it begins a record; lines of the header begin none.
sub walk {
    my ($take) = @_;
    my ($begins, $ends) = map { expression($_) } @$options{qw(begins ends)};
    my $header = $options->{header} // 0;
    my $fresh  = 1;
    open my $in, '<:raw', $file or fail("$file cannot be read: $!");
    while (my $line = <$in>) {
        if ($. <= $header) { $take->($line, 0); next }
        my $first = defined $begins ? $line =~ $begins : $fresh;
        $take->($line, $first);
        $fresh = !defined $ends || $line =~ $ends;
    }
    close $in;
}

# The file's lines are bytes, so is what is looked for in them.
sub expression {
    my ($text) = @_;
    return undef if !defined $text;
    utf8::encode($text);
    return qr/$text/;
}

sub write_parts {
    my ($out, $head, $part, $seen, $until) = (undef, '', 0, 0, 0);
    walk(sub {
        my ($line, $first) = @_;
        if ($first && $seen++ == $until) {
            finish($out, $part);
            $part++;
            $until = int($count * $part / $parts);
            open $out, '>:raw', "$to.$part" or fail("$to.$part cannot be written: $!");
            print {$out} $head or fail("$to.$part cannot be written: $!");
        }
        # What stands before the first record belongs to every part, as a header does.
        if (!defined $out) { $head .= $line; return }
        print {$out} $line or fail("$to.$part cannot be written: $!");
    });
    finish($out, $part);
}

sub finish {
    my ($out, $part) = @_;
    return if !defined $out;
    close $out or fail("$to.$part cannot be written: $!");
}

sub fail {
    print STDERR "split_input: $_[0]\n";
    exit 1;
}
