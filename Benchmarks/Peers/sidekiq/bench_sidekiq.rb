#!/usr/bin/env ruby
# frozen_string_literal: true

# Measures Sidekiq as the Swift harness measures Roost, and prints one line: `result {json}`.
#
# Usage: bench_sidekiq.rb CASE --url URL [--jobs N] [--concurrency N] [--driver ruby|hiredis] …
#
# As its own `sidekiqload` does: jobs are no-ops, only errors are logged, and the launcher runs in this process. Times are
# of CLOCK_MONOTONIC, which is one clock for all processes of a machine. `--yjit` is an option of ruby itself.
require "json"
require "optparse"
require "sidekiq"
require "sidekiq/cli" # Makes this process a server, as `sidekiq` is one.
require "sidekiq/launcher"

OPTIONS = {url: nil, jobs: 1000, concurrency: 10, driver: "ruby", pause: 0.005, seconds: 4.0}
CASE = ARGV.shift
OptionParser.new do |parser|
  parser.on("--url URL")
  parser.on("--jobs N", Integer)
  parser.on("--concurrency N", Integer)
  parser.on("--driver NAME", %w[ruby hiredis])
  parser.on("--pause SECONDS", Float)
  parser.on("--seconds SECONDS", Float)
end.parse!(into: OPTIONS)

if CASE == "versions"
  puts "Sidekiq #{Sidekiq::VERSION} on Ruby #{RUBY_VERSION}"
  exit
end

$stdout.sync = true
# Debian's redis gem is newer than its Sidekiq, and warns at each call: to write that would be measured too.
Redis.silence_deprecations = true
Redis.sadd_returns_boolean = false
require "redis/connection/hiredis" if OPTIONS[:driver] == "hiredis"
Sidekiq.logger.level = Logger::ERROR
Sidekiq.options[:concurrency] = OPTIONS[:concurrency]
Sidekiq.options[:queues] << "default"
Sidekiq.redis = {url: OPTIONS[:url], driver: OPTIONS[:driver].to_sym}

# What the jobs of this process tell: one queue of threads, which costs next to nothing.
TOLD = Thread::Queue.new

class Noop
  include Sidekiq::Worker
  @lock = Mutex.new
  @ran = 0

  def self.ran
    @lock.synchronize do
      @ran += 1
      TOLD << monotonic if @ran == OPTIONS[:jobs]
    end
  end

  def self.monotonic
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def perform
    Noop.ran
  end
end

class Now
  include Sidekiq::Worker

  def perform
    TOLD << Noop.monotonic
  end
end

# Tells the process that enqueued it, through a list, as Sidekiq has no results.
class Answer
  include Sidekiq::Worker

  def perform(list)
    began = Noop.monotonic
    Sidekiq.redis { |connection| connection.lpush(list, began) }
  end
end

def monotonic = Noop.monotonic

def percentile(values, share)
  values = values.sort
  values[[values.length - 1, (values.length * share).to_i].min]
end

def waiting
  Sidekiq.redis { |connection| connection.llen("queue:default") }
end

def running
  launcher = Sidekiq::Launcher.new(Sidekiq.options)
  launcher.run
  yield
ensure
  launcher.quiet
end

def enqueue
  Noop.perform_async
  start = monotonic
  OPTIONS[:jobs].times { Noop.perform_async }
  elapsed = monotonic - start
  raise "#{waiting} jobs are there" unless waiting == OPTIONS[:jobs] + 1
  {jobs_per_second: OPTIONS[:jobs] / elapsed}
end

# In calls of 1,000, as its documentation advises.
def fill
  left = OPTIONS[:jobs]
  while left.positive?
    count = [left, 1000].min
    Sidekiq::Client.push_bulk("class" => Noop, "args" => Array.new(count) { [] })
    left -= count
  end
end

def enqueue_many
  start = monotonic
  fill
  elapsed = monotonic - start
  raise "#{waiting} jobs are there" unless waiting == OPTIONS[:jobs]
  {jobs_per_second: OPTIONS[:jobs] / elapsed}
end

def drain
  fill
  start = monotonic
  running do
    ended = TOLD.pop
    raise "#{waiting} jobs are left" unless waiting.zero?
    {jobs_per_second: OPTIONS[:jobs] / (ended - start)}
  end
end

def percentiles(starts, results = [])
  figures = {start_p50: percentile(starts, 0.5), start_p99: percentile(starts, 0.99)}
  figures.merge!(result_p50: percentile(results, 0.5), result_p99: percentile(results, 0.99)) unless results.empty?
  figures
end

def latency
  running do
    sleep 0.5
    percentiles(Array.new(OPTIONS[:jobs]) do
      sleep OPTIONS[:pause]
      Now.perform_async
      returned = monotonic
      [0.0, TOLD.pop - returned].max
    end)
  end
end

# The worker is another process, whose answer comes by a list that this one waits at.
def across
  options = %i[url concurrency driver].flat_map { |name| ["--#{name}", OPTIONS[name].to_s] }
  worker = IO.popen([RbConfig.ruby, *(RubyVM.const_defined?(:YJIT) && RubyVM::YJIT.enabled? ? ["--yjit"] : []), __FILE__, "consume", *options], "r+")
  worker.gets
  sleep 0.5
  starts = []
  results = []
  connection = Redis.new(url: OPTIONS[:url], driver: OPTIONS[:driver].to_sym)
  OPTIONS[:jobs].times do
    sleep OPTIONS[:pause]
    called = monotonic
    Answer.perform_async("answers")
    returned = monotonic
    began = connection.brpop("answers", timeout: 10).last.to_f
    results << monotonic - called
    starts << [0.0, began - returned].max
  end
  worker.close_write
  worker.close
  percentiles(starts, results)
end

def consume
  running do
    puts "ready"
    $stdin.read
  end
  nil
end

def idle
  running do
    sleep 1
    before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    sleep OPTIONS[:seconds]
    {core_share: (Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - before) / OPTIONS[:seconds]}
  end
end

CASES = {
  "enqueue" => :enqueue, "enqueue-many" => :enqueue_many, "drain" => :drain, "latency" => :latency,
  "across" => :across, "consume" => :consume, "idle" => :idle
}.freeze
result = send(CASES.fetch(CASE) { abort "error unknown case #{CASE}" })
puts "result #{JSON.generate(result)}" if result
# Its threads may wait at the server for two seconds more.
exit!(0)
