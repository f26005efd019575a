# Runs handler scripts for one Pmilter server, which speaks to it over standard input and output: frames of a length (u32, big-endian) and
# a list of values. One request at a time; while a call runs it may ask the server ("ask"), which answers ("answer").
#
# Written in the subset that CRuby 2.7 to 3.4, JRuby and IronRuby (1.9 syntax) share: no keyword arguments, no &., no require.

module PmilterWorker
  PROTOCOL = 1
  MAX_FRAME = 16 * 1024 * 1024
  MAX_OUTPUT = 64 * 1024

  # What the scripts print: kept for the log, cut at 64 KiB a call.
  class Output
    def initialize
      @text = ""
    end

    def empty?
      @text.empty?
    end

    def take
      text = @text
      @text = ""
      text
    end

    def write(*parts)
      size = 0
      parts.each do |part|
        part = part.to_s
        size += part.length
        @text = @text + part[0, MAX_OUTPUT - @text.length] if @text.length < MAX_OUTPUT
      end
      size
    end

    def print(*parts)
      write(*parts)
      nil
    end

    def puts(*lines)
      lines = [""] if lines.empty?
      lines.flatten.each do |line|
        line = line.to_s
        write(line[-1] == "\n" ? line : line + "\n")
      end
      nil
    end

    def printf(*parts)
      write(format(*parts))
      nil
    end

    def <<(part)
      write(part)
      self
    end

    def flush
      self
    end

    def sync
      true
    end

    def sync=(value)
      value
    end

    def tty?
      false
    end
    alias isatty tty?
  end

  # The two ends of the pipe, away from where scripts reach them by name.
  class Channel
    CHUNK = 16 * 1024
    DONE = 68

    # One system call a frame where the engine is known to have it: read(n) takes two.
    READS_AT_ONCE = defined?(RUBY_ENGINE) && RUBY_ENGINE == "ruby"

    def initialize(input, output)
      @in = input
      @out = output
      @out.sync = true
      @data = ""
      @at = 0
      @next = 0
      @done = {}
    end

    # The next request: a Call, or a list of values.
    def read
      READS_AT_ONCE ? take_frame : wait_for_frame
      @data.getbyte(@at) == Call::MARK ? Call.new(@data, @at) : take_list
    end

    def write(values)
      payload = "".dup.force_encoding("BINARY")
      put_list(payload, values)
      raise "an answer of #{payload.length} bytes is too long" if payload.length > MAX_FRAME
      @out.write([payload.length].pack("N") + payload)
      @out.flush
    end

    # Of a call that ended well, printed nothing and asked for nothing.
    def write_done(status)
      @out.write(@done[status] ||= [2, DONE, status].pack("NCC"))
      @out.flush
    end

    private

    # Requests may come several in one piece.
    def take_frame
      @at = @next
      gather(4)
      size = size_of(@data[@at, 4])
      gather(4 + size)
      @at += 4
      @next = @at + size
    end

    def gather(size)
      return if @data.length - @at >= size
      @data = @at < @data.length ? @data[@at..-1] << more : more
      @at = 0
      @data << more while @data.length < size
    end

    def more
      @in.sysread(CHUNK)
    rescue EOFError
      exit!(0)
    end

    def size_of(header)
      size = header.unpack("N")[0]
      exit!(3) if size > MAX_FRAME
      size
    end

    def wait_for_frame
      header = @in.read(4)
      exit!(0) if header.nil? || header.length < 4
      size = size_of(header)
      @data = size == 0 ? "" : @in.read(size)
      exit!(0) if @data.nil? || @data.length < size
      @at = 0
    end

    def take_number
      n = @data[@at, 4].unpack("N")[0]
      @at += 4
      n
    end

    def take_bytes
      size = take_number
      bytes = @data[@at, size]
      @at += size
      bytes
    end

    def take_list
      list = []
      take_number.times { list << take }
      list
    end

    def take
      tag = @data[@at, 1]
      @at += 1
      case tag
      when "n" then nil
      when "t" then true
      when "f" then false
      when "b" then take_bytes
      when "s" then PmilterWorker.text(take_bytes)
      when "d" then PmilterWorker.number(take_bytes)
      when "l" then take_list
      else exit!(3)
      end
    end

    def put_list(to, values)
      to << [values.length].pack("N")
      values.each { |value| put(to, value) }
    end

    def put(to, value)
      case value
      when nil then to << "n"
      when true then to << "t"
      when false then to << "f"
      when Numeric then put_bytes(to << "d", value.to_s)
      when Array then put_list(to << "l", value)
      else put_bytes(to << "s", value.to_s)
      end
    end

    def put_bytes(to, bytes)
      bytes = bytes.dup.force_encoding("BINARY")
      to << [bytes.length].pack("N") << bytes
    end
  end

  # A call of a script: the mark, script, session (two halves) and count (u32 each), then of each value its kind (a letter) and length in one
  # u32, then their bytes. The first value is the phase, the others are what the script mentions, decoded when it asks for them.
  class Call
    MARK = 67

    attr_reader :script, :session

    def initialize(data, at)
      @data = data
      @script, high, low, count = data[at + 1, 16].unpack("NNNN")
      @session = high * 4294967296 + low
      @kinds = data[at + 17, 4 * count].unpack("N*")
      @first = at + 17 + 4 * count
    end

    def phase
      self[0]
    end

    def [](index)
      kind = @kinds[index]
      from = @first
      (0...index).each { |i| from += @kinds[i] & 0xffffff }
      bytes = @data[from, kind & 0xffffff]
      case kind >> 24
      when 115 then PmilterWorker.text(bytes)
      when 98 then bytes
      when 100 then PmilterWorker.number(bytes)
      when 116 then true
      when 102 then false
      when 110 then nil
      else exit!(3)
      end
    end
  end

  # One compiled handler.
  class Script
    attr_reader :path, :body, :globals, :facts

    OWN = ["$stdout", "$stderr", "$stdin", "$_", "$~", "$0", "$PROGRAM_NAME", "$LOAD_PATH", "$LOADED_FEATURES", "$VERBOSE", "$DEBUG", "$FILENAME", "$SAFE"]

    # facts: what is sent with a call, in this order.
    def initialize(path, source, facts)
      @path = path
      @facts = {}
      facts.each_with_index { |fact, i| @facts[fact] = i + 1 }
      source = source.split(/^__END__\r?$/, 2)[0].to_s
      @body = eval("lambda do " + source + "\nend", TOPLEVEL_BINDING, path, 1)
      @globals = source.scan(/\$[A-Za-z_]\w*/).uniq - OWN
    end
  end

  # Global variables live as long as their session: saved and brought back when another session's turn comes.
  class Sessions
    def initialize
      @kept = {}
      @names = {}
      @current = nil
    end

    def know(names)
      names.each do |name|
        next if @names[name]
        @names[name] = [eval("lambda { " + name + " }"), eval("lambda { |value| " + name + " = value }")]
      end
    end

    def enter(session)
      return if @current == session || @names.empty?
      leave
      values = @kept[session] || {}
      @names.each { |name, pair| pair[1].call(values[name]) }
      @current = session
    end

    def drop(session)
      @kept.delete(session)
      if @current == session
        @names.each { |_, pair| pair[1].call(nil) }
        @current = nil
      end
    end

    private

    def leave
      return if @current.nil?
      values = {}
      @names.each { |name, pair| values[name] = pair[0].call }
      @kept[@current] = values
    end
  end

  # Takes the bytes over.
  def self.text(bytes)
    bytes.force_encoding("UTF-8")
    bytes.valid_encoding? ? bytes : bytes.force_encoding("BINARY")
  end

  def self.number(bytes)
    number = bytes.to_f
    number == number.to_i ? number.to_i : number
  end

  def self.start(input, output, bare)
    @channel = Channel.new(input, output)
    @output = Output.new
    $stdout = @output
    @scripts = {}
    @sessions = Sessions.new
    @original = {}
    @known = {}
    @operations = []
    @status = 0
    @vars = {}
    Object.send(:remove_const, :Pmilter) if bare
    @channel.write(["hello", PROTOCOL, RUBY_VERSION, defined?(RUBY_ENGINE) ? RUBY_ENGINE : "ruby"])
    loop { serve(@channel.read) }
  end

  def self.serve(request)
    return call(request) if request.is_a?(Call)
    case request[0]
    when "names" then request[1].each_with_index { |name, i| @original[name] = request[2][i] }
    when "load" then load_script(request[1], request[2], request[3], request[4])
    when "drop"
      @sessions.drop(request[1])
      @vars.delete(request[1])
    when "quit" then exit!(0)
    else exit!(3)
    end
  end

  def self.load_script(number, path, source, facts)
    script = Script.new(path, text(source), facts)
    @scripts[number] = script
    @sessions.know(script.globals)
    @channel.write(["loaded"])
  rescue Exception => error
    line = error.message[/:(\d+):/, 1]
    @channel.write(["broken", line.to_i, error.message.to_s])
  end

  def self.call(request)
    @status = 0
    @operations = [] unless @operations.empty?
    @known = {}
    @call = request
    @script = @scripts[request.script]
    @sessions.enter(request.session)
    begin
      @script.body.call
      return @channel.write_done(@status) if @operations.empty? && @output.empty? && @status >= 0 && @status < 256
      @channel.write(["done", @status, @output.take, @operations])
    rescue Exception => error
      @channel.write(["failed", @output.take, describe(error, @script.path)])
    end
  end

  def self.describe(error, path)
    place = (error.backtrace || []).find { |line| line.index(path + ":") == 0 }
    place = place ? place[/\A.*?:\d+/] : path
    "#{place}: #{error.message} (#{error.class})"
  end

  # A fact of the running event: sent with the call, or asked for.
  def self.fact(key)
    return @known[key] if @known.has_key?(key)
    index = @script.facts[key]
    @known[key] = index ? @call[index] : key[0, 2] == "m:" ? ask("macro", key[2..-1]) : ask("field", key[2..-1])
  end

  def self.ask(*question)
    @channel.write(["ask"] + question)
    answer = @channel.read
    exit!(3) unless answer[0] == "answer"
    answer[1]
  end

  def self.original(name)
    value = fact(@original[name])
    value.nil? ? "" : value
  end

  def self.phase
    @call.phase
  end

  def self.status=(value)
    raise TypeError, "Pmilter.status takes an Integer, not #{value.inspect}" unless value.is_a?(Integer)
    @status = value
    @operations = @operations.reject { |operation| ["accept", "reject", "tempfail", "discard", "quarantine"].include?(operation[0]) }
  end

  def self.operate(name, *arguments)
    line = (caller.find { |place| place.index(@script.path + ":") == 0 } || "")[/:(\d+)/, 1].to_i
    @operations << [name, line] + arguments
    nil
  end

  def self.vars
    @vars[@call.session] ||= {}
  end
end

# The API of the original pmilter, and beside it that of the policies.
class Pmilter
  SMFIS_CONTINUE = 0
  SMFIS_REJECT = 1
  SMFIS_DISCARD = 2
  SMFIS_ACCEPT = 3
  SMFIS_TEMPFAIL = 4
  SMFIS_NOREPLY = 7
  SMFIS_SKIP = 8
  SMFIS_ALL_OPTS = 10

  def self.name
    "pmilter"
  end

  def self.status=(value)
    PmilterWorker.status = value
  end

  def self.session
    Session.new
  end

  class Session
    PHASES = { "mail" => "envfrom", "rcpt" => "envrcpt" }
    KEYS = Hash.new { |keys, name| keys[name] = "f:" + name.to_s }

    # As the original read them: an empty string for what the MTA has not told.
    ["client_ipaddr", "client_hostname", "client_daemon", "helo_hostname", "envelope_from", "envelope_to", "rcpt_to", "mail_addr", "rcpt_addr",
     "body_chunk", "myhostname", "message_id", "auth_type", "auth_authen", "auth_author", "cert_issuer", "cert_subject", "cipher_bits", "cipher",
     "tls_version"].each do |method|
      define_method(method) { PmilterWorker.original(method) }
    end

    def handler_phase_name
      "mruby_#{PHASES[PmilterWorker.phase] || PmilterWorker.phase}_handler"
    end

    def receive_time
      PmilterWorker.fact("f:receive_time").to_i
    end

    def change_envelope_from(address, arguments = nil)
      at_eom("change_sender", address, arguments)
    end

    def add_envelope_to(address, arguments = nil)
      at_eom("add_recipient", address, arguments)
    end
    alias add_rcpt_to add_envelope_to

    # The policies' own names: every field is a method.
    def method_missing(name, *arguments)
      value = arguments.empty? ? PmilterWorker.fact(KEYS[name]) : nil
      if value.nil?
        raise NoMethodError, "'#{name}' is no field that is known in phase '#{PmilterWorker.phase}'"
      end
      value
    end

    def respond_to_missing?(name, include_private = false)
      !PmilterWorker.fact(KEYS[name]).nil?
    end

    def header(name)
      PmilterWorker.ask("header", name.to_s)
    end

    def headers
      PmilterWorker.ask("headers")
    end

    def macro(name)
      PmilterWorker.fact("m:" + name.to_s.delete("{}")) || ""
    end

    def counter(name, *key)
      known(PmilterWorker.ask("counter", name.to_s, *key.map { |part| part.to_s }), "counter", name)
    end

    def in_list?(list, value)
      known(PmilterWorker.ask("in_list", list.to_s, value.to_s), "list", list)
    end

    def tagged?(tag)
      PmilterWorker.ask("tagged", tag.to_s)
    end

    def var(name)
      PmilterWorker.ask("var", name.to_s)
    end

    def [](key)
      PmilterWorker.vars[key]
    end

    def []=(key, value)
      PmilterWorker.vars[key] = value
    end

    ["tag", "ban", "unban", "why", "delete_recipient", "replace_body"].each do |method|
      define_method(method) { |text| PmilterWorker.operate(method, text.to_s) }
    end

    ["reject", "tempfail", "quarantine"].each do |method|
      define_method(method) { |*text| PmilterWorker.operate(method, *text.map { |part| part.to_s }) }
    end

    ["accept", "discard"].each do |method|
      define_method(method) { PmilterWorker.operate(method) }
    end

    ["add_header", "insert_header", "change_header", "delete_header", "change_sender", "add_recipient"].each do |method|
      define_method(method) { |*arguments| PmilterWorker.operate(method, *arguments) }
    end

    def score(points)
      PmilterWorker.operate("score", points)
    end

    private

    def known(value, kind, name)
      raise NameError, "the policy has no #{kind} '#{name}'" if value.nil?
      value
    end

    def at_eom(operation, address, arguments)
      return -1 unless PmilterWorker.phase == "eom"
      PmilterWorker.operate(operation, *(arguments ? [address.to_s, arguments.to_s] : [address.to_s]))
      0
    end

    class Headers
      def header
        { PmilterWorker.fact("f:header_name").to_s => PmilterWorker.fact("f:header_raw").to_s.sub(/\A /, "") }
      end

      def []=(name, value)
        raise TypeError, "a header's name and value are Strings" unless name.is_a?(String) && value.is_a?(String)
        raise ArgumentError, "a header holds no NUL" if name.include?("\0") || value.include?("\0")
        PmilterWorker.operate("add_header", name, value)
      end
    end
  end
end

# A child would read and write the server's frames.
module Kernel
  def fork
    raise SecurityError, "handlers cannot fork"
  end
  module_function :fork
end

def Process.fork
  raise SecurityError, "handlers cannot fork"
end

pmilter_input = STDIN.dup
pmilter_output = STDOUT.dup
pmilter_input.binmode
pmilter_output.binmode
STDIN.reopen("/dev/null")
STDOUT.reopen(STDERR)
PmilterWorker.start(pmilter_input, pmilter_output, ARGV.include?("bare"))
